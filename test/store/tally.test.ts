import { expect, test } from 'vitest';
import { differences, entryHash, tallyBook } from '../../src/store/tally.ts';

/** SHA-256 of key, line feed and value by coreutils' sha256sum; the first sixteen bytes count. */
const entries = [
  ['record/user/1', '{"id":"1"}', '3f5ca453af951f121a04d0b6484323a1'],
  ['record/user/2', '{"id":"2"}', 'cc36fbe2a23eef86aac1236b2b7e27de'],
] as const;
const [one, two] = entries.map(([key, value]) => ({ key, hashed: entryHash(key, value) }));
if (one === undefined || two === undefined) throw new Error('two entries');

test('an entry counts as the first half of the SHA-256 of its key and value: databases hold such sums', () => {
  for (const [key, value, sum] of entries) {
    const book = tallyBook();
    book.add(key, entryHash(key, value));
    expect(book.tallies()).toEqual({ user: { count: 1, sum } });
  }
});

test('sums are made number by number, without a carry, in any order, and taken back again', () => {
  const [there, back] = [tallyBook(), tallyBook()];
  for (const { key, hashed } of [one, two]) there.add(key, hashed);
  for (const { key, hashed } of [two, one]) back.add(key, hashed);
  // 3f5c+cc36 = 0b92 and so on, modulo 2^16.
  const sum = '0b92a03551d30e98c4c5f42173c14b7f';
  expect(there.tallies()).toEqual({ user: { count: 2, sum } });
  expect(back.tallies()).toEqual(there.tallies());
  const less = tallyBook(there.tallies());
  less.remove(one.key, one.hashed);
  expect(less.tallies()).toEqual({ user: { count: 1, sum: entries[1][2] } });
  less.remove(two.key, two.hashed);
  expect(less.tallies()).toEqual({});
});

test('an entry altered in one bit is a difference, though none is missing, and so is one taken back as another', () => {
  const [should, found] = [tallyBook(), tallyBook()];
  should.add(one.key, one.hashed);
  found.add(one.key, entryHash(one.key, '{"id":"0"}'));
  expect(differences(should.tallies(), found.tallies())).toEqual([{ group: 'user', should: 1, found: 1 }]);
  found.remove(one.key, one.hashed);
  expect(differences({}, found.tallies())).toEqual([{ group: 'user', should: 0, found: 0 }]);
});
