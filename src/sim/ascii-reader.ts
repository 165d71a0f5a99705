import type { AsciiContent, AsciiRules } from '../core/ascii-rules.ts';
import type { Card } from '../core/card.ts';
import { AppError } from '../core/error.ts';
import type { CardBits } from '../core/wiegand.ts';

/** A simulated reader that writes text for each card, and a line for each key where it has any. */
export interface SimulatedAsciiReader {
  /** Throws AppError `invalid_input` for a card that such a reader cannot send. */
  present(card: Card, bits: CardBits): void;
  type(keys: string): void;
}

/** `send` is told what it sends. */
export function asciiReader(
  { frame }: AsciiRules,
  send: (bytes: Uint8Array, what: 'card_reported' | 'key_reported') => void,
): SimulatedAsciiReader {
  const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const show = (text: string): void => send(bytesOf(text), 'card_reported');
  const key = (text: string): void => send(bytesOf(text), 'key_reported');
  return {
    present(card, bits) {
      if (frame.kind === 'keys') throw wrong('this reader reads no cards');
      const text = textOf(card, bits, frame.content);
      if (frame.kind === 'line') show(`${frame.prefix}${text}${frame.suffix}\r\n`);
      else show(`\x02${text}${frame.checksum === 'xor' ? folded(text) : ''}\x03`);
    },
    type(keys) {
      if (frame.kind === 'keys') key(keys.replaceAll('#', '\r'));
      else if (frame.kind !== 'line' || !frame.keys) throw wrong('this reader sends no keys');
      else for (const one of keys) key(`${one}\r\n`);
    },
  };
}

function textOf(card: Card, { bits, bit_count }: CardBits, content: AsciiContent): string {
  const hex = Array.from(bits, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (content.is === 'bits_hex') return `${bit_count}:${hex.toUpperCase()}`;
  if (content.is === 'numbers' && 'number' in card && card.format === content.format.name) {
    return card.facility === null ? `${card.number}` : `${card.facility}${content.separator}${card.number}`;
  }
  if (content.is === 'uid_hex' && 'uid' in card) return hex.toUpperCase();
  if (content.is === 'uid_decimal' && 'uid' in card && bits.length === 4)
    return String(Number.parseInt(hex, 16)).padStart(10, '0');
  throw wrong('this reader sends no such cards');
}

/** The exclusive or of the bytes that hex digits stand for. */
function folded(hex: string): string {
  let sum = 0;
  for (let at = 0; at < hex.length; at += 2) sum ^= Number.parseInt(hex.slice(at, at + 2), 16);
  return sum.toString(16).padStart(2, '0').toUpperCase();
}

const wrong = (message: string) => new AppError('invalid_input', message);
