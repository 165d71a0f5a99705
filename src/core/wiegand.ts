import { type Card, type CardFormatName, cardFormats } from './card.ts';

/** Card bits as a reader reports them: the first bit received is the highest of the first byte. */
export interface CardBits {
  bits: Uint8Array;
  bit_count: number;
}

export type DecodedCard = { ok: true; card: Card } | { ok: false; why: string };

/**
 * Reads card bits. The number of bits alone says the format; an unknown one is refused, never guessed. `why` names the fault and
 * never the card.
 */
export function decodeWiegand(bits: Uint8Array, bitCount: number): DecodedCard {
  if (bits.length !== Math.ceil(bitCount / 8)) {
    return { ok: false, why: `the reader announced ${bitCount} bits and sent ${bits.length} bytes` };
  }
  const name = formatOf(bitCount);
  if (name === null) return { ok: false, why: `no known card format has ${bitCount} bits; known: ${known}` };
  const value = numberOf(bits, bitCount);
  if (!evenParityHolds(value) || !oddParityHolds(value)) {
    return { ok: false, why: `a parity bit of the ${bitCount} bits is wrong` };
  }
  return {
    ok: true,
    card: { format: name, facility: (value >>> 17) & 0xff, number: (value >>> 1) & 0xffff },
  };
}

/** The 26 bits of an H10301 card: facility 0 to 255, number 0 to 65535. */
export function encodeH10301(card: Pick<Card, 'facility' | 'number'>): CardBits {
  const data = (card.facility << 17) | (card.number << 1);
  const even = ones(data & evenHalf) % 2;
  const odd = 1 - (ones(data & oddHalf) % 2);
  const value = ((even << 25) | data | odd) << 6;
  return { bits: Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value), bit_count: 26 };
}

// H10301, first bit received is bit 25: even parity, 8 bits facility, 16 bits number, odd parity. The even parity bit covers
// itself and the 12 bits after it, the odd one itself and the 12 bits before it.
const evenHalf = 0x3ff_e000;
const oddHalf = 0x000_1fff;
const evenParityHolds = (value: number): boolean => ones(value & evenHalf) % 2 === 0;
const oddParityHolds = (value: number): boolean => ones(value & oddHalf) % 2 === 1;

const names = Object.keys(cardFormats) as CardFormatName[];
const known = names.map((name) => `${name} (${cardFormats[name].bit_count})`).join(', ');

function formatOf(bitCount: number): CardFormatName | null {
  return names.find((name) => cardFormats[name].bit_count === bitCount) ?? null;
}

/** The bits as one number. Bits past the last are padding. */
function numberOf(bits: Uint8Array, bitCount: number): number {
  const whole = bits.reduce((value, byte) => value * 256 + byte, 0);
  return Math.floor(whole / 2 ** (bits.length * 8 - bitCount));
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}
