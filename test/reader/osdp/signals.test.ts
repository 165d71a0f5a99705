import { describe, expect, test } from 'vitest';
import { usualFeedback } from '../../../src/core/feedback.ts';
import type { ReaderSignal } from '../../../src/core/reader.ts';
import { encodeCommand } from '../../../src/reader/osdp/layout.ts';
import { signalCommands } from '../../../src/reader/osdp/signals.ts';
import { toHex } from './vectors.ts';

const able = { led: true, buzzer: true, text: false, patterns: usualFeedback };
const wires = (signal: ReaderSignal, feedback = able) =>
  signalCommands(signal, feedback).map((command) => toHex(encodeCommand(command).data));

describe('signals as LED and BUZ (SIA OSDP 2.2, commands 69 and 6A)', () => {
  test('granted is green for 3 s over the steady light of ready, and a beep of 300 ms', () => {
    // LED: reader, led, temporary 2, on 1, off 0, green, green, timer 30; permanent 1, on 1, off 0, red, red. BUZ: tone 2, 3, 1, once.
    expect(wires('granted')).toEqual(['0000020100' + '02021e00' + '0101000101', '0002030101']);
  });

  test('enter_pin ends what is temporary and blinks amber for good, without a sound', () => {
    expect(wires('enter_pin')).toEqual(['0000010100' + '01010100' + '0105050300']);
  });

  test('what passes leaves the light that this site has for ready', () => {
    const patterns = { ...usualFeedback, ready: { ...usualFeedback.ready, color: 'off' as const } };
    expect(wires('refused', { ...able, patterns })[0]).toBe('0000020202' + '01001400' + '0101000000');
  });

  test('no time on the wire is 0, however short it is meant', () => {
    const short = { ...usualFeedback.refused, blink_ms: 1, lasts_ms: 1, beep_ms: 1 };
    const patterns = { ...usualFeedback, refused: short };
    expect(wires('refused', { ...able, patterns })).toEqual([
      '0000020101' + '01000100' + '0101000101',
      '0002010103',
    ]);
  });

  test('a display shows the text of ready below what passes, filled with blanks to its line', () => {
    const { ready, granted } = usualFeedback;
    const patterns = {
      ...usualFeedback,
      ready: { ...ready, text: '' },
      granted: { ...granted, text: 'HELLO' },
    };
    const feedback = { ...able, led: false, buzzer: false, text: true, patterns };
    // TEXT: reader, mode, seconds, row, column, length, characters.
    expect(wires('granted', feedback)).toEqual([
      `000100010110${'20'.repeat(16)}`,
      `00030301011048454c4c4f${'20'.repeat(11)}`,
    ]);
  });

  test('readers without a light or a sounder are sent none', () => {
    expect(signalCommands('granted', { ...able, led: false }).map(({ type }) => type)).toEqual(['buz']);
    expect(signalCommands('granted', { ...able, buzzer: false }).map(({ type }) => type)).toEqual(['led']);
  });
});
