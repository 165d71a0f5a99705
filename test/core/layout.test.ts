import { describe, expect, test } from 'vitest';
import { bytes, layout, repeated, rest, u8, u16be, u16le, u32le } from '../../src/core/layout.ts';

describe('layout', () => {
  const message = layout({ kind: u8, rate: u32le, id: bytes(3), tail: rest });

  test('fields lie in the order they are declared, in their own byte order', () => {
    const wire = message.encode({
      kind: 7,
      rate: 0x0001c200,
      id: Uint8Array.of(1, 2, 3),
      tail: Uint8Array.of(9),
    });
    expect([...wire]).toEqual([7, 0x00, 0xc2, 0x01, 0x00, 1, 2, 3, 9]);
    expect(message.decode(wire)).toEqual({
      kind: 7,
      rate: 115_200,
      id: Uint8Array.of(1, 2, 3),
      tail: Uint8Array.of(9),
    });
  });

  test('bytes that do not fit the declaration are refused, not guessed', () => {
    const pair = layout({ low: u16le, high: u16be });
    expect(pair.decode(Uint8Array.of(1, 0, 0))).toBeNull();
    expect(pair.decode(Uint8Array.of(1, 0, 0, 1, 0))).toBeNull();
    expect(pair.decode(Uint8Array.of(1, 0, 0, 1))).toEqual({ low: 1, high: 1 });
    expect(message.decode(Uint8Array.of(1, 2, 3))).toBeNull();
  });

  test('a repeated record takes whole records only', () => {
    const list = repeated(layout({ a: u8, b: u8 }), 2);
    expect(list.decode(Uint8Array.of(1, 2, 3, 4))).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
    expect(list.decode(Uint8Array.of(1, 2, 3))).toBeNull();
    expect([...list.encode([{ a: 5, b: 6 }])]).toEqual([5, 6]);
  });
});
