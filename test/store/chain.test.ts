import { expect, test } from 'vitest';
import { firstLink, nextLink, operationHash } from '../../src/store/chain.ts';
import type { Operation } from '../../src/store/database.ts';

const put = (key: string, value: string): Operation => ({ type: 'put', key, value });
const after = (link: string, ...operations: Operation[]): string =>
  nextLink(link, operations, operations.map(operationHash));

test('a link names the database, every batch before it, and each operation of its own in their order', () => {
  const start = firstLink('db');
  const batch = [put('a', '1'), put('b', '2')];
  const other = [
    after(start, ...batch),
    after(firstLink('another'), ...batch),
    after(after(start), ...batch),
    after(after(start, put('c', '3')), ...batch),
    after(start, ...batch.toReversed()),
    after(start, put('a', '1')),
    after(start, put('a', '1'), put('b', '3')),
    after(start, put('a', '1'), put('c', '2')),
    after(start, put('a', ''), put('b', '')),
    after(start, { type: 'del', key: 'a' }, { type: 'del', key: 'b' }),
  ];
  expect(new Set(other).size).toBe(other.length);
  expect(after(start, ...batch)).toBe(other[0]);
});
