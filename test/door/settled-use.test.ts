import { expect, test } from 'vitest';
import { emptyTable, putRow } from '../../src/core/access-table.ts';
import { noCommit, type TableRow } from '../../src/core/table-row.ts';
import { isSettled } from '../../src/door/settled-use.ts';
import type { TableInForce } from '../../src/door/table-keeper.ts';
import { credentialRow, userRow } from '../support/table-rows.ts';

const version = { table_id: 'database', revision: 7 };
const use = { user_id: 'ada', credential_id: 'credential-of-key', generation: 2, used: 3 };

const inForce = (rows: TableRow[], more: Partial<TableInForce> = {}): TableInForce => {
  const table = emptyTable([]);
  for (const row of rows) putRow(table, row);
  return { table, version, source: 'admin', ...more };
};
const ada = (generation: number, used: number): TableRow =>
  userRow('ada', { credentials: [credentialRow('key', { uses: { max: 5, used, generation } })] });

test.each([
  [1, 5, false],
  [2, 2, false],
  [2, 3, true],
  [2, 4, true],
  [3, 0, true],
])(
  'a table that says of allowance %i that %i uses are made: the third of allowance 2 is settled: %j',
  (generation, used, settled) => {
    expect(isSettled(use, inForce([ada(generation, used)]))).toBe(settled);
  },
);

test('a code that is gone, or may be used for ever, has no uses to be known of', () => {
  expect(isSettled(use, inForce([]))).toBe(true);
  expect(isSettled(use, inForce([userRow('ada')]))).toBe(true);
  expect(isSettled(use, inForce([userRow('ada', { credentials: [credentialRow('key')] })]))).toBe(true);
});

test('only a whole table of the admin process says that a code is gone', () => {
  expect(isSettled(use, null)).toBe(false);
  expect(isSettled(use, inForce([], { source: 'snapshot' }))).toBe(false);
  expect(isSettled(use, inForce([], { version: noCommit }))).toBe(false);
});
