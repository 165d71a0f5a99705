import { describe, expect, it } from 'vitest';
import { line } from '../../src/schema/leaf.ts';

describe('a line of a file that an installer writes', () => {
  const isLine = (text: string) => line('a name').safeParse(text).success;

  it.each(['a', 'Tür 7', ' a b ', '\u{1f6aa}'])('%j is one', (text) => {
    expect(isLine(text)).toBe(true);
  });

  it.each(['', ' ', '\t', 'a\nb', '\u001b', '\u001b[2J', 'a\u0007b', 'a\u0000', '\u009b2J'])(
    '%j is none: it is blank, or would do something to the terminal that shows it',
    (text) => {
      expect(isLine(text)).toBe(false);
    },
  );
});
