import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AsciiFrame } from '../../../src/core/ascii-rules.ts';
import { standardFormats } from '../../../src/core/card-format.ts';
import { cardDecoder, encodeH10301 } from '../../../src/core/wiegand.ts';
import { parseAscii } from '../../../src/reader/serial-ascii/frame.ts';

const ascii = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const line = (content: 'uid_hex' | 'uid_decimal' | 'bits_hex', more = {}): AsciiFrame => ({
  kind: 'line',
  prefix: '',
  suffix: '',
  keys: false,
  content: { is: content },
  ...more,
});
const rdm6300: AsciiFrame = { kind: 'stx_etx', checksum: 'xor', content: { is: 'uid_hex' } };
/** The example of the RDM6300 data sheet: card 62E3086CED, checksum 08. */
const example = '\x0262E3086CED08\x03';

describe('a frame between STX and ETX', () => {
  test('is read as the data sheet says', () => {
    expect(parseAscii(ascii(example), rdm6300)).toEqual({
      type: 'card',
      card: { bits: Uint8Array.of(0x62, 0xe3, 0x08, 0x6c, 0xed), bit_count: 40 },
      size: 14,
    });
  });

  test('may have CR and LF before its end, as ID-12 modules send them', () => {
    const parsed = parseAscii(ascii('\x0262E3086CED08\r\n\x03'), rdm6300);
    expect(parsed).toMatchObject({ type: 'card', size: 16 });
  });

  test('is refused with any one digit wrong', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.constantFrom(...'0123456789ABCDEF'), (at, digit) => {
        fc.pre(example[at] !== digit);
        const wrong = example.slice(0, at) + digit + example.slice(at + 1);
        expect(parseAscii(ascii(wrong), rdm6300)).toEqual({ type: 'skip', count: 14, damaged: true });
      }),
    );
  });

  test('that was cut gives way to the next one', () => {
    for (let cut = 1; cut < 14; cut++) {
      const bytes = ascii(example.slice(0, cut) + example);
      expect(parseAscii(bytes, rdm6300)).toEqual({ type: 'skip', count: cut, damaged: true });
    }
  });
});

describe('a line', () => {
  const numbers: AsciiFrame = {
    kind: 'line',
    prefix: 'C',
    suffix: ';',
    keys: true,
    content: { is: 'numbers', format: standardFormats.h10301, separator: ',' },
  };

  test('of a serial number in decimal has its four bytes, the highest first', () => {
    expect(parseAscii(ascii('0078754499\r\n'), line('uid_decimal'))).toMatchObject({
      card: { bits: Uint8Array.of(0x04, 0xb1, 0xb2, 0xc3), bit_count: 32 },
    });
    expect(parseAscii(ascii('4294967296\r\n'), line('uid_decimal'))).toMatchObject({ type: 'skip' });
  });

  test('of bits in hex has as many as it says', () => {
    // The card 12:3456 of the OSDP protocol sheet, section 5.
    const parsed = parseAscii(ascii('26:0606c040\n'), line('bits_hex'));
    expect(parsed).toMatchObject({ type: 'card', card: { bit_count: 26 } });
    const { bits } = encodeH10301({ facility: 12, number: 3456 });
    expect(parsed.type === 'card' && parsed.card.bits).toEqual(bits);
    expect(parseAscii(ascii('26:0606c0\n'), line('bits_hex'))).toMatchObject({ type: 'skip', damaged: true });
  });

  test('of numbers is a card of its format', () => {
    const parsed = parseAscii(ascii('C012, 03456;\r'), numbers);
    if (parsed.type !== 'card') throw new Error(parsed.type);
    expect(
      cardDecoder([standardFormats.h10301])(parsed.card.bits, parsed.card.bit_count, null),
    ).toMatchObject({
      card: { facility: 12, number: 3456 },
    });
  });

  test.each(['12,3456;', 'C12,3456', 'C12,3456,7;', 'C256,1;', 'C;', 'CC1,2;;', '12'])(
    '%s is damaged where a prefix and a suffix are due',
    (text) => {
      const parsed = parseAscii(ascii(`${text}\r\n`), numbers);
      expect(parsed).toEqual({ type: 'skip', count: text.length + 1, damaged: true });
    },
  );

  test('of one key is that key, where the reader has any', () => {
    expect(parseAscii(ascii('#\r\n'), numbers)).toEqual({ type: 'key', key: '#', size: 2 });
    expect(parseAscii(ascii('#\r\n'), line('uid_hex'))).toMatchObject({ type: 'skip' });
  });
});

describe('anything else', () => {
  test.each([rdm6300, line('uid_hex'), line('bits_hex')])('ends: no bytes are held for ever', (frame) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (noise) => {
        let rest = noise;
        for (;;) {
          const parsed = rest.length === 0 ? null : parseAscii(rest, frame);
          if (parsed === null || parsed.type === 'need_more') break;
          const size = parsed.type === 'skip' ? parsed.count : parsed.size;
          expect(size).toBeGreaterThan(0);
          rest = rest.slice(size);
        }
        expect(rest.length).toBeLessThanOrEqual(128);
      }),
    );
  });
});

describe('a keypad that sends single characters', () => {
  const keysIn = (text: string) =>
    [...text].map((char) => {
      const parsed = parseAscii(ascii(char), { kind: 'keys' });
      return parsed.type === 'key' ? parsed.key : parsed;
    });

  test('sends keys, Enter for # and backspace or escape for *', () => {
    expect(keysIn('0189*#\r\b\x1b').join('')).toBe('0189*##**');
  });

  test('sends nothing with LF, which may follow CR, and damage with all else', () => {
    expect(keysIn('\nA ')).toEqual([
      { type: 'skip', count: 1, damaged: false },
      { type: 'skip', count: 1, damaged: true },
      { type: 'skip', count: 1, damaged: true },
    ]);
  });
});
