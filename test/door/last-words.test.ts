import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastWords } from '../../src/door/last-words.ts';

const ignore = (): void => {};

function wordsOf(text: string): string[] {
  const words = lastWords(ignore);
  words.heard(Buffer.from(text));
  return words.lines();
}

describe('last words', () => {
  test('are the last twenty lines, and one that was not ended', () => {
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
    expect(wordsOf(`${lines.join('\n')}\nthe e`)).toEqual([...lines.slice(11), 'the e']);
  });

  test('are put together of pieces as they come', () => {
    const words = lastWords(ignore);
    for (const byte of Buffer.from('one\ntwo\n')) words.heard(Buffer.of(byte));
    expect(words.lines()).toEqual(['one', 'two']);
  });

  test('of an uncaught error say what and where', () => {
    const text = `file:///usr/lib/postern/dist/admin/feed.js:42
Error: no such entry
    at read (file:///usr/lib/postern/dist/admin/feed.js:42:11)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
`;
    expect(wordsOf(text)).toEqual(text.trimEnd().split('\n'));
  });

  test('of V8 without memory say so, and not which addresses its code had', () => {
    const text = `
<--- Last few GCs --->

[77:0x1]     5112 ms: Mark-Compact 510.0 (515.2) -> 509.9 (515.4) MB

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0xb9a330 node::Abort() [node]
 2: 0xaa07ee  [node]
`;
    const lines = wordsOf(text);
    expect(lines).toContain(
      'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    );
    expect(lines.join('\n')).not.toContain('0xaa07ee');
  });

  test.each([
    ['a PIN', 'bad input 4711', '4711'],
    ['a long PIN in JSON', '{"value":"0815993377"}', '0815993377'],
    ['a card', 'card 12:3456 is taken', '3456'],
    ['a short card', 'card 12:345 is taken', '12:345'],
    ['a serial number of a card', 'card uid:04A1B2C3 is taken', '04A1B2C3'],
    ['a longer one', 'card 04a1b2c3d4e5f6', '04a1b2c3d4e5f6'],
    ['a token', 'Bearer pstn_dGhpcyBpcyBub3QgYSBrZXkxMjM', 'dGhpcyBpcyBub3QgYSBrZXkxMjM'],
    ['a key', `key ${'0123456789abcdef'.repeat(4)}`, '0123456789abcdef'],
    [
      'a token at the end of a long line',
      `${'x '.repeat(95)}pstn_dGhpcyBpcyBub3QgYSBrZXkxMjM0NTY3ODkw`,
      'dGhpcyBpcyBub3Qg',
    ],
  ])('never hold %s', (_, line, secret) => {
    expect(wordsOf(`${line}\n`).join()).not.toContain(secret);
    expect(wordsOf(line).join()).not.toContain(secret);
  });

  test('whatever is written: at most 20 lines of 200 printable characters, and no run of four digits', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 500 })), (chunks) => {
        const words = lastWords(ignore);
        for (const chunk of chunks) words.heard(chunk);
        const lines = words.lines();
        expect(lines.length).toBeLessThanOrEqual(20);
        for (const line of lines) expect(line).toMatch(/^(?!.*\d{4})[\x20-\x7e]{1,200}$/);
      }),
    );
  });

  test('a process that writes without end, with or without lines, is heard a hundred times and no more', () => {
    const said: string[] = [];
    const words = lastWords((line) => said.push(line));
    for (let i = 0; i < 1_000; i++) words.heard(Buffer.from(`again\n${'x'.repeat(10_000)}`));
    expect(said).toHaveLength(100);
    expect(words.lines()).toHaveLength(20);
  });
});
