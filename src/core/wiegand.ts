import { type Card, uidSizes } from './card.ts';
import { type BitField, type CardFormat, type ParityCheck, standardFormats } from './card-format.ts';

/** Card bits as a reader reports them: the first bit received is the highest of the first byte. */
export interface CardBits {
  bits: Uint8Array;
  bit_count: number;
}

/** How the serial number of a chip comes from a reader: its first byte first or last. */
export type UidOrder = 'as_sent' | 'reversed';

export type DecodedCard = { ok: true; card: Card } | { ok: false; why: string };

/**
 * Reads card bits. `uid`: how this reader sends serial numbers; null: it sends none, and their lengths mean nothing. `why` names the
 * fault and never the card.
 */
export type CardDecoder = (bits: Uint8Array, bitCount: number, uid: UidOrder | null) => DecodedCard;

/**
 * A decoder of these formats. The number of bits says which may be meant, and of several with that length the first whose parity
 * holds is; an unknown length is refused, never guessed. A reader that sends serial numbers sends nothing else in their lengths.
 */
export function cardDecoder(formats: readonly CardFormat[]): CardDecoder {
  const byLength = new Map<number, ReturnType<typeof compiled>[]>();
  for (const format of formats) {
    byLength.set(format.length, [...(byLength.get(format.length) ?? []), compiled(format)]);
  }
  const known = formats.map(({ name, length }) => `${name} (${length})`).join(', ');
  return (bits, bitCount, uid) => {
    if (bits.length !== Math.ceil(bitCount / 8)) {
      return { ok: false, why: `the reader announced ${bitCount} bits and sent ${bits.length} bytes` };
    }
    if (uid !== null && uidSizes.includes(bitCount / 8)) {
      return { ok: true, card: { uid: uid === 'as_sent' ? bits.slice() : bits.toReversed() } };
    }
    const candidates = byLength.get(bitCount);
    if (candidates === undefined)
      return { ok: false, why: `no known card format has ${bitCount} bits; known: ${known}` };
    const fitting = candidates.find(({ checks }) => checks.every((check) => holds(check, bits)));
    if (fitting === undefined) return { ok: false, why: `a parity bit of the ${bitCount} bits is wrong` };
    const { name, facility, number } = fitting.format;
    return {
      ok: true,
      card: {
        format: name,
        facility: facility === null ? null : fieldOf(bits, facility),
        number: fieldOf(bits, number),
      },
    };
  };
}

/** The bits of a card, its fields within the ranges of the format; a facility code that the format has not is left out. */
export function encodeCard(format: CardFormat, card: { facility: number | null; number: number }): CardBits {
  const bits = new Uint8Array(Math.ceil(format.length / 8));
  if (format.facility !== null) putField(bits, format.facility, card.facility ?? 0);
  putField(bits, format.number, card.number);
  for (const parity of format.parity) {
    if (!holds(compiledCheck(parity, bits.length), bits)) setBit(bits, parity.bit);
  }
  return { bits, bit_count: format.length };
}

/** The 26 bits of an H10301 card: facility 0 to 255, number 0 to 65535. */
export function encodeH10301(card: { facility: number; number: number }): CardBits {
  return encodeCard(standardFormats.h10301, card);
}

/** A parity check as a mask over the bytes of a card. */
interface Check {
  odd: boolean;
  mask: Uint8Array;
}

const compiled = (format: CardFormat) => ({
  format,
  checks: format.parity.map((check) => compiledCheck(check, Math.ceil(format.length / 8))),
});

function compiledCheck({ kind, bit, over }: ParityCheck, bytes: number): Check {
  const mask = new Uint8Array(bytes);
  for (const covered of [bit, ...over]) setBit(mask, covered);
  return { odd: kind === 'odd', mask };
}

function holds({ odd, mask }: Check, bits: Uint8Array): boolean {
  let folded = 0;
  for (let i = 0; i < mask.length; i++) folded ^= (bits[i] ?? 0) & (mask[i] ?? 0);
  folded ^= folded >> 4;
  folded ^= folded >> 2;
  folded ^= folded >> 1;
  return (folded & 1) === (odd ? 1 : 0);
}

function fieldOf(bits: Uint8Array, { first, length }: BitField): number {
  let value = 0;
  for (let bit = first; bit < first + length; bit++) {
    value = value * 2 + (((bits[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
  }
  return value;
}

function putField(bits: Uint8Array, { first, length }: BitField, value: number): void {
  let rest = value;
  for (let bit = first + length - 1; bit >= first; bit--) {
    if (rest % 2 === 1) setBit(bits, bit);
    rest = Math.floor(rest / 2);
  }
}

function setBit(bits: Uint8Array, bit: number): void {
  bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
}
