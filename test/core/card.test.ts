import { describe, expect, test } from 'vitest';
import { parseCardText, tokenValue } from '../../src/core/card.ts';
import { standardFormats } from '../../src/core/card-format.ts';

const formats = Object.values(standardFormats);
const canonical = (text: string) => {
  const parsed = parseCardText(text, formats);
  return parsed.ok ? tokenValue(parsed.card) : parsed.why;
};

describe('what people write for a card', () => {
  test.each([
    ['12:3456', 'h10301:12:3456'],
    ['012:03456', 'h10301:12:3456'],
    ['h10306:65535:0', 'h10306:65535:0'],
    ['corporate-1000:2643:163271', 'corporate-1000:2643:163271'],
    ['h10302:34359738367', 'h10302:34359738367'],
    ['uid:04a1b2c3', 'uid:04A1B2C3'],
    ['uid:04A1B2C3D4E5F6', 'uid:04A1B2C3D4E5F6'],
  ])('%s is %s', (text, value) => {
    expect(canonical(text)).toBe(value);
  });

  test.each([
    ['98765', /FACILITY:NUMBER/],
    ['', /FACILITY:NUMBER/],
    ['1:2:3:4', /FACILITY:NUMBER/],
    ['256:1', /facility code of h10301 is 0 to 255/],
    ['1:65536', /card number of h10301 is 0 to 65535/],
    ['1:-2', /card number of h10301/],
    ['1: 2', /card number of h10301/],
    ['h10302:1:2', /no facility code/],
    ['h10304:1', /FACILITY:NUMBER/],
    ['h10302:34359738368', /0 to 34359738367/],
    ['constructor:1:2', /unknown card format/],
    ['uid:0F0F0F', /8, 10, 14, 20 hex digits/],
    ['uid:04A1B2DX', /hex digits/],
  ])('%s is answered with what would be right, and not repeated', (text, why) => {
    const answer = canonical(text);
    expect(answer).toMatch(why);
    if (text.length > 4) expect(answer).not.toContain(text);
  });

  test('a format that the site has not named is unknown there', () => {
    expect(parseCardText('h10306:1:2', [standardFormats.h10301])).toMatchObject({ ok: false });
  });
});
