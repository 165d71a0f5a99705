import { expect, test } from 'vitest';
import { byteSize, parseByteSize } from '../../src/schema/byte-size.ts';

const mebi = 1024 * 1024;

test.each([
  ['512 MiB', 512 * mebi],
  ['512MiB', 512 * mebi],
  ['2 GiB', 2048 * mebi],
  ['0 KiB', 0],
])('%s is read as bytes', (text, bytes) => {
  expect(parseByteSize(text)).toEqual({ ok: true, value: bytes });
});

test.each([
  [512, /a whole number with a unit/],
  ['512', /the unit is missing/],
  ['512 MB', /"MB" is no unit here/],
  ['1 constructor', /is no unit here/],
  ['1.5 GiB', /a whole number/],
  ['-1 MiB', /a whole number/],
  [null, /a whole number/],
])('%s is refused with what would be right', (text, why) => {
  const read = parseByteSize(text);
  expect(read.ok ? '' : read.why + read.hint).toMatch(why);
});

test('an amount out of range is told its range', () => {
  const read = byteSize('1 MiB', '2 MiB').safeParse('3 MiB');
  expect(read.error?.issues[0]?.message).toBe('an amount from "1 MiB" to "2 MiB"');
  expect(byteSize('1 MiB', '2 MiB').parse('2 MiB')).toBe(2 * mebi);
});
