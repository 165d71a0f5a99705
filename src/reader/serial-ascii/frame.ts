import type { AsciiFrame } from '../../core/ascii-rules.ts';
import type { Key } from '../../core/reader.ts';
import type { CardBits } from '../../core/wiegand.ts';
import { readContent } from './content.ts';

/** What the bytes held so far begin with. `damaged`: what is skipped was meant to be something. */
export type ParsedAscii =
  | { type: 'card'; card: CardBits; size: number }
  | { type: 'key'; key: Key; size: number }
  | { type: 'heartbeat'; size: number }
  | { type: 'need_more' }
  | { type: 'skip'; count: number; damaged: boolean };

/** No reader says more about a card. */
const longest = 128;
const [stx, etx, cr, lf] = [0x02, 0x03, 0x0d, 0x0a];

/**
 * Reads the first frame of what an ASCII reader has sent; at least one byte must be there. A `line` ends with CR, LF or both; `stx_etx` is
 * 02, text, 03, with CR and LF before the 03 ignored, and with `xor` the text ends with the exclusive or of the bytes that its hex digits
 * stand for, as RDM6300 and ID-12 modules send it.
 */
export function parseAscii(bytes: Uint8Array, frame: AsciiFrame): ParsedAscii {
  switch (frame.kind) {
    case 'line':
      return parseLine(bytes, frame);
    case 'stx_etx':
      return parseStxEtx(bytes, frame);
    case 'keys':
      return parseKey(bytes);
  }
}

/** CR is the key that enters, backspace and escape clear; LF, which may follow a CR, is nothing. */
function parseKey(bytes: Uint8Array): ParsedAscii {
  const text = textOf(bytes.subarray(0, 1));
  const key = text === '\r' ? '#' : text === '\b' || text === '\x1b' ? '*' : keys.find((one) => one === text);
  if (key !== undefined) return { type: 'key', key, size: 1 };
  return { type: 'skip', count: 1, damaged: text !== '\n' };
}

function parseLine(bytes: Uint8Array, frame: AsciiFrame & { kind: 'line' }): ParsedAscii {
  const end = bytes.findIndex((byte) => byte === cr || byte === lf);
  if (end === 0) return { type: 'skip', count: 1, damaged: false };
  if (end > longest || (end < 0 && bytes.length > longest)) {
    return { type: 'skip', count: end < 0 ? bytes.length : end + 1, damaged: true };
  }
  if (end < 0) return { type: 'need_more' };
  const text = textOf(bytes.subarray(0, end));
  const size = end + 1;
  const key = frame.keys ? keys.find((one) => one === text) : undefined;
  if (key !== undefined) return { type: 'key', key, size };
  if (text === frame.heartbeat) return { type: 'heartbeat', size };
  const { prefix, suffix } = frame;
  const framed =
    text.startsWith(prefix) && text.endsWith(suffix) && text.length >= prefix.length + suffix.length;
  const inner = text.slice(prefix.length, text.length - suffix.length);
  const card = framed ? readContent(inner.trim(), frame.content) : null;
  return card === null ? { type: 'skip', count: size, damaged: true } : { type: 'card', card, size };
}

function parseStxEtx(bytes: Uint8Array, frame: AsciiFrame & { kind: 'stx_etx' }): ParsedAscii {
  const start = bytes.indexOf(stx);
  if (start !== 0) {
    const count = start < 0 ? bytes.length : start;
    return { type: 'skip', count, damaged: bytes.subarray(0, count).some((b) => b !== cr && b !== lf) };
  }
  const end = bytes.indexOf(etx);
  const again = bytes.indexOf(stx, 1);
  // A frame that begins inside another: the first one was cut.
  if (again > 0 && (end < 0 || again < end)) return { type: 'skip', count: again, damaged: true };
  if (end > longest || (end < 0 && bytes.length > longest)) return { type: 'skip', count: 1, damaged: true };
  if (end < 0) return { type: 'need_more' };
  const text = textOf(bytes.subarray(1, end)).replace(/[\r\n]+$/, '');
  const checked = frame.checksum === 'xor' ? withoutXor(text) : text;
  const card = checked === null ? null : readContent(checked, frame.content);
  const size = end + 1;
  return card === null ? { type: 'skip', count: size, damaged: true } : { type: 'card', card, size };
}

/** The text before its last byte in hex, if that is the exclusive or of all others. */
function withoutXor(text: string): string | null {
  if (!/^([0-9A-Fa-f]{2}){2,}$/.test(text)) return null;
  const folded = (text.match(/../g) ?? []).reduce((sum, byte) => sum ^ Number.parseInt(byte, 16), 0);
  return folded === 0 ? text.slice(0, -2) : null;
}

const keys: readonly Key[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'];

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
