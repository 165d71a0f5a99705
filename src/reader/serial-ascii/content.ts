import type { AsciiContent } from '../../core/ascii-rules.ts';
import { parseCardFields, uidSizes } from '../../core/card.ts';
import { type CardBits, encodeCard } from '../../core/wiegand.ts';

/** The card that a text of a reader stands for, as bits; null for what no such reader sends. */
export function readContent(text: string, content: AsciiContent): CardBits | null {
  switch (content.is) {
    case 'uid_hex': {
      const bytes = bytesOf(text);
      return bytes !== null && uidSizes.includes(bytes.length) ? whole(bytes) : null;
    }
    case 'uid_decimal': {
      if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) return null;
      const value = Number(text);
      return whole(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
    }
    case 'bits_hex': {
      const [, count = '', hex = ''] = /^(\d{1,3}):([0-9A-Fa-f]+)$/.exec(text) ?? [];
      const bits = bytesOf(hex);
      const fits = bits !== null && Number(count) > 0 && bits.length === Math.ceil(Number(count) / 8);
      return fits ? { bits, bit_count: Number(count) } : null;
    }
    case 'numbers': {
      const fields = text.split(content.separator).map((field) => field.trim());
      const parsed = parseCardFields(content.format, fields);
      return parsed.ok && 'number' in parsed.card ? encodeCard(content.format, parsed.card) : null;
    }
  }
}

const whole = (bits: Uint8Array): CardBits => ({ bits, bit_count: bits.length * 8 });

function bytesOf(hex: string): Uint8Array | null {
  if (!/^([0-9A-Fa-f]{2})+$/.test(hex)) return null;
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
