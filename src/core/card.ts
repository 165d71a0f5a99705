/** A card as decoded by a format: what is looked up is `tokenValue` of it. */
export interface Card {
  format: string;
  facility: number;
  number: number;
}

/** The canonical text of a card, the value that is hashed and stored: `h10301:12:3456`. */
export function tokenValue(card: Card): string {
  return `${card.format}:${card.facility}:${card.number}`;
}

/** Card formats with their field ranges. `h10301` is the 26-bit standard format. */
export const cardFormats = {
  h10301: { bit_count: 26, max_facility: 255, max_number: 65_535 },
} as const;
export type CardFormatName = keyof typeof cardFormats;

/**
 * Reads what people write for a card: `FC:NUMBER` (26-bit) or `FORMAT:FC:NUMBER`, decimal. Returns the canonical
 * text, or what would be right. The answer never repeats the input.
 */
export function parseCardText(text: string): { ok: true; value: string } | { ok: false; why: string } {
  const parts = text.split(':');
  const [format, facility, number] = parts.length === 2 ? ['h10301', ...parts] : parts;
  if (parts.length > 3 || facility === undefined || number === undefined || format === undefined) {
    return { ok: false, why: 'a card is FACILITY:NUMBER or FORMAT:FACILITY:NUMBER, such as 12:3456' };
  }
  if (!Object.hasOwn(cardFormats, format)) {
    return { ok: false, why: `unknown card format; known: ${Object.keys(cardFormats).join(', ')}` };
  }
  const limits = cardFormats[format as CardFormatName];
  if (!/^\d{1,10}$/.test(facility) || Number(facility) > limits.max_facility) {
    return { ok: false, why: `the facility code of ${format} is 0 to ${limits.max_facility}` };
  }
  if (!/^\d{1,10}$/.test(number) || Number(number) > limits.max_number) {
    return { ok: false, why: `the card number of ${format} is 0 to ${limits.max_number}` };
  }
  return { ok: true, value: tokenValue({ format, facility: Number(facility), number: Number(number) }) };
}
