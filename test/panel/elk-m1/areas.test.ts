import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Area,
  type AreaEvent,
  agreeMs,
  alarmOf,
  areaEvent,
  newArea,
  stepArea,
} from '../../../src/panel/elk-m1/areas.ts';
import { parseFrame } from '../../../src/panel/elk-m1/frame.ts';
import { decodeReport } from '../../../src/panel/elk-m1/layout.ts';
import { wire } from './vectors.ts';

const status = (armed: string, polled = true, ready = armed === '0' ? '1' : '4'): AreaEvent => ({
  type: 'status',
  armed,
  ready,
  alarm: '0',
  polled,
});
/** The states after each event, at these times. */
const states = (...events: [at: number, event: AreaEvent][]): string[] => {
  let area = newArea;
  return events.map(([at, event]) => {
    area = stepArea(area, event, at);
    return area.state;
  });
};

describe('one area', () => {
  test('disarmed counts from two reports that agree, the later one asked for', () => {
    expect(states([0, status('0')], [agreeMs - 1, status('0')], [agreeMs, status('0')])).toEqual([
      'unknown',
      'unknown',
      'disarmed',
    ]);
    expect(states([0, status('0', false)], [5000, status('0', false)])).toEqual(['unknown', 'unknown']);
    expect(states([0, status('0', false)], [5000, status('0')])).toEqual(['unknown', 'disarmed']);
  });

  test('armed counts at once, in every mode, documented or not, pushed or polled', () => {
    for (const mode of '123456789:') expect(states([0, status(mode, false)]), mode).toEqual(['armed']);
  });

  test('a wrong report around disarming is corrected by the next, and never disarms', () => {
    expect(
      states(
        [0, status('1')],
        [100, status('0', false)],
        [400, status('1', false)],
        [2000, status('0')],
        [2500, status('1', false)],
        [5000, status('0')],
        [6500, status('0')],
      ),
    ).toEqual(['armed', 'armed', 'armed', 'armed', 'armed', 'armed', 'disarmed']);
  });

  test('exit delay is arming, by AS, EE or the log; its end is armed', () => {
    expect(states([0, status('1', false, '3')], [60_000, status('1', false, '4')])).toEqual([
      'arming',
      'armed',
    ]);
    expect(
      states(
        [0, { type: 'timer', armed: '1', exit: true }],
        [1, { type: 'timer', armed: '1', exit: false }],
        [2, { type: 'timer', armed: '0', exit: false }],
      ),
    ).toEqual(['arming', 'armed', 'armed']);
  });

  test('the log says armed before AS does, and an AS that is late does not take it back', () => {
    const known: [number, AreaEvent][] = [
      [0, status('0')],
      [2000, status('0')],
    ];
    const late: [number, AreaEvent][] = [
      [3000, { type: 'logged_armed' }],
      [3010, status('0', false)],
      [3020, status('1', false)],
    ];
    expect(states(...known, ...late)).toEqual(['unknown', 'disarmed', 'arming', 'arming', 'armed']);
  });

  test('what is lost is unknown, and disarmed needs two reports again', () => {
    expect(
      states([0, status('0')], [2000, status('0')], [3000, { type: 'lost' }], [3001, status('0')]),
    ).toEqual(['unknown', 'disarmed', 'unknown', 'unknown']);
  });

  test('is never disarmed less than a second after a sign of armed, whatever is heard', () => {
    const event: fc.Arbitrary<AreaEvent> = fc.oneof(
      fc
        .tuple(fc.constantFrom('0', '0', '1', '2'), fc.boolean())
        .map(([mode, polled]) => status(mode, polled)),
      fc.constant<AreaEvent>({ type: 'lost' }),
      fc.constant<AreaEvent>({ type: 'logged_armed' }),
      fc.constant<AreaEvent>({ type: 'timer', armed: '1', exit: true }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(900), event), { maxLength: 40 }), (history) => {
        let area: Area = newArea;
        let now = 0;
        let doubt = 0;
        for (const [wait, each] of history) {
          now += wait;
          if (each.type !== 'status' || each.armed !== '0') doubt = now;
          area = stepArea(area, each, now);
          if (area.state === 'disarmed') expect(now - doubt).toBeGreaterThanOrEqual(agreeMs);
        }
      }),
    );
  });
});

describe('frames of real panels', () => {
  const heard = (line: string, number: number) => {
    const parsed = parseFrame(wire(line));
    const report = parsed.type === 'frame' ? decodeReport(parsed.frame) : null;
    return report === null ? null : areaEvent(report, number, false);
  };

  test('the sequence of arming, as captured', () => {
    const lines = ['1CLD1173001110020204000622005B', '0FEE10060180100DF', '1EAS1000000031111111000000003BF6'];
    const events = lines.map((line) => heard(line, 1)).filter((event) => event !== null);
    expect(events.map(({ type }) => type)).toEqual(['logged_armed', 'timer', 'status']);
    expect(states(...events.map((event): [number, AreaEvent] => [0, event]))).toEqual([
      'arming',
      'arming',
      'arming',
    ]);
    expect(heard('1CLD1173001110020204000622005B', 2)).toBe(null);
    expect(heard('0FEE10060180100DF', 2)).toBe(null);
  });

  test('an entry of the log that is read again is no sign of now', () => {
    const parsed = parseFrame(wire('1CLD1173001110020204000622005B'));
    const report = parsed.type === 'frame' ? decodeReport(parsed.frame) : null;
    if (report?.type !== 'log') return expect.fail('no entry of the log');
    expect(areaEvent(report, 1, false)).toEqual({ type: 'logged_armed' });
    expect(areaEvent({ ...report, value: { ...report.value, index: 5 } }, 1, false)).toBe(null);
  });

  test('a timer of an area that is not armed is no sign of armed', () => {
    const timer: AreaEvent = { type: 'timer', armed: '0', exit: true };
    expect(states([0, status('0')], [2000, status('0')], [2100, timer])).toEqual([
      'unknown',
      'disarmed',
      'disarmed',
    ]);
  });

  test('an alarm is told apart from armed', () => {
    const fire = heard('1EAS100000004000000030000000000E', 1);
    const area = fire === null ? newArea : stepArea(newArea, fire, 0);
    expect(alarmOf(area)).toBe('fire');
    expect(area.state).toBe('armed');
    expect(['0', '1', '2'].map((alarm) => alarmOf({ ...newArea, alarm }))).toEqual([null, null, null]);
    expect(alarmOf({ ...newArea, alarm: 'U' })).toBe('unknown (U)');
    expect(alarmOf({ ...newArea, alarm: ';' })).toBe('carbon monoxide');
  });
});
