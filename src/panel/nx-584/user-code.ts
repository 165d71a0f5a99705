import type { PanelMessage } from './layout.ts';

/** Codes of this panel are all of one length (08h byte 6 bit 0). */
export type CodeLength = 4 | 6;

/** "No code": all digits F. */
export const noCode = 'FFFFFF';

/** The six nibbles of a code; four digits are padded with 0 (sheet 3.4). Null: not digits, or not of that length. */
export function nibblesOf(digits: string, length: CodeLength): string | null {
  return digits.length === length && /^\d+$/.test(digits) ? digits.padEnd(6, '0') : null;
}

/** What six nibbles say. Exactly four or six count, whatever they are padded with, and no zero is ever dropped. */
export function codeIn(
  nibbles: string,
  length: CodeLength,
): { type: 'empty' } | { type: 'digits'; digits: string } | { type: 'unreadable' } {
  const digits = nibbles.slice(0, length);
  if (/^\d+$/.test(digits)) return { type: 'digits', digits };
  return /^F+$/.test(digits) ? { type: 'empty' } : { type: 'unreadable' };
}

/** The answer in hex as it is kept for diagnosis, the code masked. */
export function maskedAnswer({ value }: Extract<PanelMessage, { type: 'user_information' }>): string {
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  return `12 ${hex(value.user)} ** ** ** ${hex(value.authority)} ${hex(value.partitions)}`;
}
