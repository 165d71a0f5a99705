import { type CardFormat, highest } from './card-format.ts';

/** A card as decoded by a format, or its bare serial number: what is looked up is `tokenValue` of it. */
export type Card = { format: string; facility: number | null; number: number } | { uid: Uint8Array };

/** Serial numbers of chips have 4, 7 or 10 bytes (ISO/IEC 14443-3, 6.5.4), those of EM4100 tags 5. */
export const uidSizes: readonly number[] = [4, 5, 7, 10];

/** The canonical text of a card, the value that is hashed and stored: `h10301:12:3456`, `h10302:1041195`, `uid:04A1B2C3`. */
export function tokenValue(card: Card): string {
  if ('uid' in card) {
    const hex = Array.from(card.uid, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `uid:${hex.toUpperCase()}`;
  }
  const { format, facility, number } = card;
  return facility === null ? `${format}:${number}` : `${format}:${facility}:${number}`;
}

export type ParsedCard = { ok: true; card: Card } | { ok: false; why: string };

/**
 * Reads what people write for a card: `FC:NUMBER` (26-bit), `FORMAT:FC:NUMBER`, `FORMAT:NUMBER` where the format has no facility code,
 * all decimal, or `uid:HEX`. Returns the card, or what would be right. The answer never repeats the input.
 */
export function parseCardText(text: string, formats: readonly CardFormat[]): ParsedCard {
  const parts = text.split(':');
  const [name = '', ...fields] = /^\d*$/.test(parts[0] ?? '') ? ['h10301', ...parts] : parts;
  if (fields.length === 0 || fields.length > 2) {
    const why =
      'a card is FACILITY:NUMBER, FORMAT:FACILITY:NUMBER, FORMAT:NUMBER or uid:HEX, such as 12:3456';
    return { ok: false, why };
  }
  if (name === 'uid') return parseUid(fields.join(':'));
  const format = formats.find((one) => one.name === name);
  if (format === undefined) {
    return {
      ok: false,
      why: `unknown card format; this site has: ${formats.map((one) => one.name).join(', ')}`,
    };
  }
  return parseCardFields(format, fields);
}

/** The fields of a card as decimal texts: facility code and number, or the number alone, as the format has them. */
export function parseCardFields(format: CardFormat, fields: readonly string[]): ParsedCard {
  const { name } = format;
  if (fields.length !== (format.facility === null ? 1 : 2)) {
    const right = format.facility === null ? 'no facility code: NUMBER' : 'a facility code: FACILITY:NUMBER';
    return { ok: false, why: `a card of ${name} has ${right}` };
  }
  const facility = format.facility === null ? null : within(fields[0], highest(format.facility));
  if (format.facility !== null && facility === null) {
    return { ok: false, why: `the facility code of ${name} is 0 to ${highest(format.facility)}` };
  }
  const number = within(fields.at(-1), highest(format.number));
  if (number === null)
    return { ok: false, why: `the card number of ${name} is 0 to ${highest(format.number)}` };
  return { ok: true, card: { format: name, facility, number } };
}

function within(text: string | undefined, most: number): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) && Number(text) <= most ? Number(text) : null;
}

function parseUid(hex: string): ParsedCard {
  if (!/^([0-9A-Fa-f]{2})+$/.test(hex) || !uidSizes.includes(hex.length / 2)) {
    const digits = uidSizes.map((size) => size * 2).join(', ');
    return { ok: false, why: `a serial number is uid: and ${digits} hex digits, such as uid:04A1B2C3` };
  }
  const bytes = hex.match(/../g) ?? [];
  return { ok: true, card: { uid: Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)) } };
}
