import { describe, expect, test } from 'vitest';
import { parseFrame } from '../../../src/reader/osdp/frame.ts';
import { decodeCommand } from '../../../src/reader/osdp/layout.ts';
import type { SimulatedReader } from '../../../src/sim/osdp-reader.ts';
import { wiredReaders } from './wired-readers.ts';

const eight = [1, 2, 3, 4, 5, 6, 7, 8];
const besides = ['istat', 'ostat', 'out'];
const card = { facility: 12, number: 3456 };

/** What was sent to a reader in plain, in order. */
const sentTo = (address: number, written: readonly Uint8Array[]): string[] =>
  written.flatMap((wire) => {
    const parsed = parseFrame(wire.subarray(1));
    if (parsed.type !== 'frame' || parsed.frame.address !== address) return [];
    return decodeCommand(parsed.frame.code, parsed.frame.data)?.type ?? [];
  });

describe('inputs are asked for', () => {
  test.each([
    ['four times a second', () => {}, 40],
    [
      'every ten seconds where the reader tells them by itself',
      (reader: SimulatedReader) => reader.setInput(0, true),
      1,
    ],
    [
      'every ten seconds where the reader says that it has none',
      (reader: SimulatedReader) => reader.fault('nak_unknown_command', true),
      1,
    ],
  ] as const)('%s', (_, prepare, times) => {
    const { clock, far, reader } = wiredReaders([1], { inputs: true });
    clock.advance(400);
    prepare(reader(1));
    clock.advance(20_000);
    const before = far.written.length;
    clock.advance(10_000);
    const asked = sentTo(1, far.written.slice(before)).filter((type) => type === 'istat').length;
    expect(asked).toBeGreaterThanOrEqual(times * 0.8);
    expect(asked).toBeLessThanOrEqual(times);
  });
});

describe('a card never waits for its inputs or outputs', () => {
  test.each([
    { what: 'on the slowest line with eight readers', addresses: eight, baud: 9600, slow: false },
    { what: 'at a reader that takes a quarter of a second', addresses: [1], baud: 115_200, slow: true },
  ])('$what', ({ addresses, baud, slow }) => {
    const { clock, reader, of } = wiredReaders(addresses, { baud, secure: true, inputs: true, outputs: [0] });
    for (const address of addresses) reader(address).addOutputs(1);
    clock.advance(5_000);
    reader(1).fault('delay_250', slow);
    clock.advance(3_000);
    for (let number = 0; number < 5; number++) {
      reader(1).present({ ...card, number });
      clock.advance(2_000);
      expect(of(1, 'card')).toHaveLength(number + 1);
    }
    expect(of(1, 'offline')).toEqual([]);
  });

  test('a poll is between any two of them, and neither keeps the other from its turn', () => {
    const { clock, far, bus, reader, of } = wiredReaders(eight, {
      ...{ baud: 9600, turnaround: 20, inputs: true, outputs: [0, 1] },
    });
    for (const address of eight) reader(address).addOutputs(2);
    clock.advance(5_000);
    bus.switchOutput?.('r1', 0, true);
    bus.switchOutput?.('r1', 1, true);
    const before = far.written.length;
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      if (second >= 3) expect(reader(1).outputs()).toEqual([true, true]);
    }
    const sent = sentTo(1, far.written.slice(before));
    for (const [at, type] of sent.entries()) {
      if (besides.includes(type)) expect(sent[at + 1] ?? 'poll').toBe('poll');
    }
    for (const type of besides) expect(sent.filter((one) => one === type).length).toBeGreaterThan(5);
    reader(1).setInput(0, true, false);
    clock.advance(3_000);
    expect(of(1, 'inputs').at(-1)).toMatchObject({ states: ['closed', 'open'], first: false });
  });
});
