import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWiegand, encodeH10301 } from '../../src/core/wiegand.ts';

/** Bits of known cards, from the OSDP protocol sheet (section 5). */
const known = [
  { facility: 12, number: 3456, bits: [0x06, 0x06, 0xc0, 0x40] },
  { facility: 1, number: 2, bits: [0x80, 0x80, 0x01, 0x00] },
];

describe('26-bit cards', () => {
  it.each(known)('$facility:$number is read and written as the format says', ({ facility, number, bits }) => {
    const card = { format: 'h10301', facility, number };
    expect(decodeWiegand(Uint8Array.from(bits), 26)).toEqual({ ok: true, card });
    expect(encodeH10301(card)).toEqual({ bits: Uint8Array.from(bits), bit_count: 26 });
  });

  const cards = fc.record({
    format: fc.constant('h10301'),
    facility: fc.integer({ min: 0, max: 255 }),
    number: fc.integer({ min: 0, max: 65_535 }),
  });

  it('come back as they were, whatever the padding bits are', () => {
    fc.assert(
      fc.property(cards, fc.integer({ min: 0, max: 63 }), (card, padding) => {
        const { bits, bit_count } = encodeH10301(card);
        bits[3] = (bits[3] ?? 0) | padding;
        expect(decodeWiegand(bits, bit_count)).toEqual({ ok: true, card });
      }),
    );
  });

  it('are refused with any one bit wrong', () => {
    fc.assert(
      fc.property(cards, fc.integer({ min: 0, max: 25 }), (card, wrong) => {
        const { bits, bit_count } = encodeH10301(card);
        bits[wrong >> 3] = (bits[wrong >> 3] ?? 0) ^ (0x80 >> (wrong & 7));
        expect(decodeWiegand(bits, bit_count)).toMatchObject({ ok: false });
      }),
    );
  });
});

describe('other cards', () => {
  it.each([0, 1, 25, 27, 32, 34, 35, 37, 64])('of %i bits are refused by their length', (count) => {
    const answer = decodeWiegand(new Uint8Array(Math.ceil(count / 8)).fill(0x5a), count);
    expect(answer).toEqual({
      ok: false,
      why: `no known card format has ${count} bits; known: h10301 (26)`,
    });
  });

  it('are refused when bits and bytes disagree', () => {
    expect(decodeWiegand(Uint8Array.of(6, 6, 0xc0), 26)).toMatchObject({ ok: false });
    expect(decodeWiegand(Uint8Array.of(6, 6, 0xc0, 0x40, 0), 26)).toMatchObject({ ok: false });
  });
});
