import { expect, test } from 'vitest';
import { parseFrame } from '../../../src/reader/osdp/frame.ts';
import { inputsAfter } from '../../../src/reader/osdp/inputs.ts';
import type { Command, Reply } from '../../../src/reader/osdp/layout.ts';
import { nothingKnown } from '../../../src/reader/osdp/report.ts';
import { unexplained } from '../../../src/reader/osdp/unexplained.ts';
import { wiredReaders } from './wired-readers.ts';

const [istat, led, buz] = [0x65, 0x69, 0x6a];

/** One reader, online, and how often it was sent a command by now. */
function online(inputs = false) {
  const wired = wiredReaders([1], { inputs });
  wired.clock.advance(1_000);
  const sent = (code: number): number =>
    wired.far.written.filter((bytes) => {
      const parsed = parseFrame(bytes.subarray(1));
      return parsed.type === 'frame' && parsed.frame.code === code;
    }).length;
  const show = (): void => {
    wired.bus.signal('r1', 'granted');
    wired.clock.advance(500);
  };
  return { ...wired, sent, show };
}

test('a reader that does not know lights and sounds is told once, and again when it has said anew what it can', () => {
  const { reader, sent, show, clock } = online();
  const before = { led: sent(led), buz: sent(buz) };
  reader(1).fault('nak_unknown_command', true);
  show();
  reader(1).fault('nak_unknown_command', false);
  show();
  show();
  expect({ led: sent(led), buz: sent(buz) }).toEqual({ led: before.led + 1, buz: before.buz + 1 });
  reader(1).restart();
  clock.advance(2_000);
  const after = sent(led);
  show();
  expect(sent(led)).toBe(after + 1);
});

test('a reader without inputs, one of which is to serve a door, is told, and not asked all the time', () => {
  const { reader, sent, clock, of } = online(true);
  reader(1).fault('nak_unknown_command', true);
  const before = sent(istat);
  clock.advance(25_000);
  expect(sent(istat) - before).toBeLessThanOrEqual(4);
  expect(of(1, 'unexpected').at(-1)).toEqual({
    type: 'unexpected',
    detail: 'it has no inputs, and one of them is to serve a door',
    raw: '4103',
  });
});

test('a reader that has inputs and does not tell them is told too, and asked on: it may begin to', () => {
  const command: Command = { type: 'istat', value: {} };
  const refusal: Reply = { type: 'nak', value: { error: 9, detail: new Uint8Array(0) } };
  const asked = { known: nothingKnown, inputs_due: 250 };
  expect(inputsAfter(asked, command, refusal, false, 0).inputs_due).toBe(250);
  const head = { address: 1, reply: true, sequence: 1, check: 'crc', security: null } as const;
  expect(unexplained(command, refusal, { ...head, code: 0x41, data: Uint8Array.of(9) })).toEqual({
    type: 'unexpected',
    detail: 'it does not tell its inputs, and one of them is to serve a door',
    raw: '4109',
  });
});
