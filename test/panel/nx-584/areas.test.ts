import { describe, expect, it } from 'vitest';
import {
  type Area,
  type AreaReport,
  armedHow,
  isAlarm,
  isReady,
  partitionReport,
  snapshotReport,
  stepArea,
  unknownArea,
} from '../../../src/panel/nx-584/areas.ts';
import { parseFrame } from '../../../src/panel/nx-584/frame.ts';
import { decodePanelMessage } from '../../../src/panel/nx-584/layout.ts';
import { vector } from './vectors.ts';

const status = (flags: readonly number[], more = 0) => ({
  partition: 0,
  flags: Uint8Array.from(flags),
  last_user: 0,
  ready: 0,
  more,
});

describe('what a message says of a partition', () => {
  it.each([
    ['098600200000400104827784', 'disarmed', true],
    ['09860000000000010082139A', 'disarmed', false],
    ['09860040000000010000D0D9', 'armed', false],
  ] as const)('%s is %s', (hex, report, ready) => {
    const parsed = parseFrame(vector(hex).ascii, 'ascii');
    const message = parsed.type === 'frame' ? decodePanelMessage(parsed.frame) : null;
    if (message?.type !== 'partition_status') throw new Error('no partition status');
    expect(partitionReport(message.value)).toBe(report);
    expect(isReady(message.value)).toBe(ready);
  });

  it.each([
    ['armed', [0x40, 0, 0, 0], 0, 'armed', 'away'],
    ['armed, staying', [0x40, 0, 0x04, 0], 0, 'armed', 'stay'],
    ['staying', [0, 0, 0x04, 0], 0, 'armed', 'stay'],
    ['in entry delay', [0, 0, 0x10, 0], 0, 'armed', 'away'],
    ['armed by a key', [0, 0, 0, 0], 0x40, 'armed', 'away'],
    ['in exit delay 1', [0x40, 0, 0x40, 0], 0, 'arming', 'away'],
    ['in exit delay 2', [0, 0, 0x80, 0], 0, 'arming', 'away'],
    ['chiming', [0x30, 0, 0x08, 0], 0x82, 'disarmed', null],
  ] as const)('%s', (_, flags, more, report, how) => {
    expect(partitionReport(status(flags, more))).toBe(report);
    expect(armedHow(status(flags, more))).toBe(how);
  });

  it('an alarm is a siren that sounds, or fire', () => {
    expect(isAlarm(status([0x04, 0, 0, 0]))).toBe(true);
    expect(isAlarm(status([0, 0x02, 0, 0]))).toBe(true);
    expect(isAlarm(status([0, 0x01, 0, 0]))).toBe(false);
  });

  it.each([
    [0x03, 'disarmed'],
    [0x05, 'armed'],
    [0x09, 'armed'],
    [0x21, 'armed'],
    [0x45, 'arming'],
    [0x13, 'disarmed'],
    [0x00, null],
    [0x04, null],
  ] as const)('flags %i of a snapshot', (flags, report) => {
    expect(snapshotReport(flags)).toBe(report);
  });
});

describe('the arm state', () => {
  const armed: Area = { state: 'armed', agreeing: 0 };
  const rows: readonly (readonly [
    string,
    Area,
    readonly (readonly [AreaReport | null, boolean])[],
    string,
  ])[] = [
    ['armed counts at once', unknownArea, [['armed', false]], 'armed'],
    ['so does arming', { state: 'disarmed', agreeing: 3 }, [['arming', false]], 'arming'],
    ['one hint of disarmed does not', armed, [['disarmed', false]], 'armed'],
    ['nor makes it an unknown one known', unknownArea, [['disarmed', false]], 'unknown'],
    [
      'two that agree do',
      armed,
      [
        ['disarmed', false],
        ['disarmed', false],
      ],
      'disarmed',
    ],
    [
      'unless there was armed between',
      armed,
      [
        ['disarmed', false],
        ['armed', false],
        ['disarmed', false],
      ],
      'armed',
    ],
    ['an answer to our question does', armed, [['disarmed', true]], 'disarmed'],
    [
      'lost is unknown, and begins anew',
      armed,
      [
        ['disarmed', false],
        [null, false],
        ['disarmed', false],
      ],
      'unknown',
    ],
  ];

  it.each(rows)('%s', (_, from, reports, state) => {
    const area = reports.reduce((before, [report, fresh]) => stepArea(before, report, fresh), from);
    expect(area.state).toBe(state);
  });
});
