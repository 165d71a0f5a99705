import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CardFormat, hides, standardFormats } from '../../src/core/card-format.ts';
import { cardDecoder, encodeCard, encodeH10301 } from '../../src/core/wiegand.ts';

const formats: readonly CardFormat[] = Object.values(standardFormats);

/** The low `count` bits of a number, as a reader would send them. */
function bitsOf(value: bigint, count: number): Uint8Array {
  const bytes = Math.ceil(count / 8);
  const left = (value & ((1n << BigInt(count)) - 1n)) << BigInt(bytes * 8 - count);
  return Uint8Array.from({ length: bytes }, (_, i) => Number((left >> BigInt((bytes - 1 - i) * 8)) & 0xffn));
}

/**
 * Cards that others have read. The first two: OSDP protocol sheet, section 5. 2006f623ae and 10001fc656, 1c0006bb43: what Proxmark3 makes of
 * them (`wiegand decode --raw`, `lf hid decode`, as published in notes on it). 2d4a64fb8e: from the log of a Doppelgänger reader.
 * Bits above a card's own are the preamble of the tag.
 */
const known = [
  { format: 'h10301', raw: 0x0181b01n, facility: 12, number: 3456 },
  { format: 'h10301', raw: 0x2020004n, facility: 1, number: 2 },
  { format: 'h10301', raw: 0x2006f623aen, facility: 123, number: 4567 },
  { format: 'corporate-1000', raw: 0x2d4a64fb8en, facility: 2643, number: 163_271 },
  { format: 'h10302', raw: 0x10001fc656n, facility: null, number: 1_041_195 },
  { format: 'h10304', raw: 0x10001fc656n, facility: 1, number: 516_907 },
  { format: 'h10304', raw: 0x1c0006bb43n, facility: 49_152, number: 220_577 },
] as const;

describe('cards that others have read', () => {
  it.each(known)('are read and written alike: $format $raw', ({ format, raw, facility, number }) => {
    const { [format]: layout } = standardFormats;
    const bits = bitsOf(raw, layout.length);
    const card = { format, facility, number };
    expect(cardDecoder([layout])(bits, layout.length, null)).toEqual({ ok: true, card });
    expect(encodeCard(layout, card)).toEqual({ bits, bit_count: layout.length });
  });
});

/** Parity counted bit by bit over the text of the bits, as the formats are described to people. */
const described: Record<keyof typeof standardFormats, (bit: readonly number[]) => boolean> = {
  h10301: (bit) => even(bit.slice(0, 13)) && !even(bit.slice(13)),
  h10306: (bit) => even(bit.slice(0, 17)) && !even(bit.slice(17)),
  h10302: (bit) => even(bit.slice(0, 19)) && !even(bit.slice(18)),
  h10304: (bit) => even(bit.slice(0, 19)) && !even(bit.slice(18)),
  // Two of every three bits, from the third on; two of every three, from the second on and the last; all.
  'corporate-1000': (bit) =>
    even([bit[1] ?? 0, ...bit.slice(2, 34).filter((_, i) => i % 3 !== 2)]) &&
    !even([bit[34] ?? 0, ...bit.slice(1, 33).filter((_, i) => i % 3 !== 2)]) &&
    !even(bit),
};
const even = (bits: readonly number[]) => bits.reduce((sum, bit) => sum + bit, 0) % 2 === 0;

describe('parity', () => {
  it.each(formats)('of $name is what counting says, for any bits', (format) => {
    const fits = described[format.name as keyof typeof described];
    const decode = cardDecoder([format]);
    const all = { minLength: format.length, maxLength: format.length };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), all), (bit) => {
        const bits = bitsOf(BigInt(`0b${bit.join('')}`), format.length);
        expect(decode(bits, format.length, null).ok).toBe(fits(bit));
      }),
    );
  });
});

const cards = fc.constantFrom(...formats).chain((format) =>
  fc.record({
    format: fc.constant(format),
    facility:
      format.facility === null
        ? fc.constant(null)
        : fc.integer({ min: 0, max: 2 ** format.facility.length - 1 }),
    number: fc.integer({ min: 0, max: 2 ** format.number.length - 1 }),
  }),
);

describe('any card', () => {
  it('comes back as it was, whatever the padding bits are', () => {
    fc.assert(
      fc.property(cards, fc.nat(255), ({ format, ...card }, noise) => {
        const { bits, bit_count } = encodeCard(format, card);
        const last = bits.length - 1;
        bits[last] = (bits[last] ?? 0) | (noise & (0xff >> (bit_count % 8 || 8)));
        const decoded = cardDecoder([format])(bits, bit_count, null);
        expect(decoded).toEqual({ ok: true, card: { format: format.name, ...card } });
      }),
    );
  });

  it('is refused with any one bit wrong', () => {
    fc.assert(
      fc.property(cards, fc.nat(), ({ format, ...card }, any) => {
        const { bits, bit_count } = encodeCard(format, card);
        const wrong = any % bit_count;
        bits[wrong >> 3] = (bits[wrong >> 3] ?? 0) ^ (0x80 >> (wrong & 7));
        expect(cardDecoder([format])(bits, bit_count, null)).toMatchObject({ ok: false });
      }),
    );
  });
});

describe('a card of no known format', () => {
  const decode = cardDecoder([standardFormats.h10301]);

  it.each([0, 1, 25, 27, 32, 34, 35, 37, 64])('of %i bits is refused by its length', (count) => {
    expect(decode(new Uint8Array(Math.ceil(count / 8)).fill(0x5a), count, null)).toEqual({
      ok: false,
      why: `no known card format has ${count} bits; known: h10301 (26)`,
    });
  });

  it('is refused when bits and bytes disagree', () => {
    expect(decode(Uint8Array.of(6, 6, 0xc0), 26, null)).toMatchObject({ ok: false });
    expect(decode(Uint8Array.of(6, 6, 0xc0, 0x40, 0), 26, null)).toMatchObject({ ok: false });
  });
});

describe('formats of one length', () => {
  const plain: CardFormat = { ...standardFormats.h10301, name: 'plain', parity: [] };

  it('are tried in their order: the first whose parity holds is the one', () => {
    const decode = cardDecoder([standardFormats.h10301, plain]);
    const { bits } = encodeH10301({ facility: 12, number: 3456 });
    expect(decode(bits, 26, null)).toMatchObject({ card: { format: 'h10301' } });
    bits[0] = (bits[0] ?? 0) ^ 0x80;
    expect(decode(bits, 26, null)).toMatchObject({ card: { format: 'plain', facility: 12, number: 3456 } });
  });

  it('hide one another when the later asks for no less', () => {
    expect(hides(plain, standardFormats.h10301)).toBe(true);
    expect(hides(standardFormats.h10301, plain)).toBe(false);
    expect(hides(standardFormats.h10302, standardFormats.h10304)).toBe(true);
    expect(hides(standardFormats.h10301, standardFormats.h10306)).toBe(false);
  });

  it('hide one another in whatever order the bits of a check are written', () => {
    const { parity } = standardFormats.h10301;
    const other = { ...plain, parity: parity.map((one) => ({ ...one, over: one.over.toReversed() })) };
    expect([hides(other, standardFormats.h10301), hides(standardFormats.h10301, other)]).toEqual([
      true,
      true,
    ]);
  });
});

describe('serial numbers', () => {
  const decode = cardDecoder([{ ...standardFormats.h10301, name: 'own-32', length: 32, parity: [] }]);
  const bytes = Uint8Array.of(4, 0xa1, 0xb2, 0xc3);

  it('are read in the order in which the reader sends them', () => {
    expect(decode(bytes, 32, 'as_sent')).toEqual({ ok: true, card: { uid: bytes } });
    const reversed = Uint8Array.of(0xc3, 0xb2, 0xa1, 4);
    expect(decode(bytes, 32, 'reversed')).toEqual({ ok: true, card: { uid: reversed } });
    for (const size of [4, 5, 7, 10])
      expect(decode(new Uint8Array(size), size * 8, 'as_sent')).toMatchObject({ ok: true });
  });

  it('come only from readers that are said to send them', () => {
    expect(decode(bytes, 32, null)).toMatchObject({ card: { format: 'own-32' } });
    expect(decode(new Uint8Array(7), 56, null)).toMatchObject({ ok: false });
  });
});
