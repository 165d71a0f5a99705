import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyTable, putRow } from '../../src/core/access-table.ts';
import { decide } from '../../src/core/decide.ts';
import { narrowedRow } from '../../src/core/narrowed-row.ts';
import type { GrantRow, TableRow, UserRow } from '../../src/core/table-row.ts';
import { credentialRow, doorIds, grantRow, instants, userRow } from '../support/table-rows.ts';

const situation = {
  restricted: false,
  locked_out: false,
  after_outage: false,
  used: () => 0,
  latest: 0,
  clock_doubted: false,
  mode: 'normal',
  card_of: null,
} as const;
const looks = [...instants, ...instants.map((at) => at - 1), 12, 15];

/** Every door and instant at which the one credential of these rows opens. */
function granted(rows: readonly (TableRow | null)[]): string[] {
  const table = emptyTable(doorIds);
  for (const row of rows) if (row !== null) putRow(table, row);
  return doorIds.flatMap((door) =>
    looks
      .filter((now) => decide(table, { door, kind: 'pin', key: 'k', now }, situation).granted)
      .map((now) => `${door} at ${now}`),
  );
}

const edge = fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, fc.constantFrom(...instants));
const rarely = fc.nat(9).map((n) => n === 0);
const schedule = (id: string): fc.Arbitrary<TableRow> =>
  fc.record({
    row: fc.constant('schedule' as const),
    id: fc.constant(id),
    from: fc.constantFrom(-10, 5),
    until: fc.constantFrom(22, 100),
    edges: fc.subarray([-Infinity, ...instants, 15]).map((some) => Float64Array.from(some).sort()),
    holiday_edges: fc.constant(new Float64Array()),
  });
const group = fc
  .subarray(doorIds, { minLength: 1 })
  .map((doors): TableRow => ({ row: 'door_group', id: 'g1', doors }));

/** A user, a group and two schedules, as they are at one time. */
const world = (grants: fc.Arbitrary<GrantRow[]>): fc.Arbitrary<TableRow[]> => {
  const user = fc
    .record({
      suspended: rarely,
      from: edge,
      until: edge,
      draft: rarely,
      blocked: rarely,
      ends: edge,
      grants,
    })
    .map(({ draft, blocked, ends, ...more }): TableRow => {
      return userRow('u', { ...more, credentials: [credentialRow('k', { draft, blocked, until: ends })] });
    });
  return fc.tuple(user, group, schedule('s1'), schedule('s2'));
};
const target = fc.constantFrom<GrantRow['target']>({ door: 'door-a' }, { door: 'door-b' }, { group: 'g1' });
const grant = (to: fc.Arbitrary<GrantRow['target']>, ...schedules: string[]): fc.Arbitrary<GrantRow> =>
  fc.record({ target: to, schedule: fc.constantFrom(null, ...schedules), from: edge, until: edge });
const anyWorld = world(fc.array(grant(target, 's1', 's2'), { minLength: 1, maxLength: 3 }));

const scheduleOf = (row: TableRow | undefined) => (row?.row === 'user' ? row.grants[0]?.schedule : undefined);
const narrowed = (held: readonly TableRow[], newer: readonly TableRow[]) =>
  held.map((row, i) => narrowedRow(row, newer[i] ?? row));

describe('what two states of a row have in common', () => {
  test('grants nothing that either of them does not', () => {
    let some = 0;
    fc.assert(
      fc.property(anyWorld, anyWorld, (held, newer) => {
        const [before, after] = [granted(held), granted(newer)];
        const left = granted(narrowed(held, newer));
        expect(left.filter((way) => !before.includes(way) || !after.includes(way))).toEqual([]);
        if (left.length > 0) some += 1;
      }),
      { numRuns: 500 },
    );
    expect(some).toBeGreaterThan(10);
  });

  test('is all that both grant, where each has one way to the same place', () => {
    const alike = target.chain((to) => {
      const one = world(fc.tuple(grant(fc.constant(to), 's1')));
      return fc.tuple(one, one);
    });
    let some = 0;
    fc.assert(
      fc.property(alike, ([held, changed]) => {
        const [before, after] = [held, changed].map(([user]) => scheduleOf(user));
        // A way that is by a schedule in one of them only goes by it as it is in both.
        const newer = before === after ? changed : [...changed.slice(0, 2), ...held.slice(2)];
        const then = new Set(granted(newer));
        const both = granted(held).filter((way) => then.has(way));
        expect(granted(narrowed(held, newer))).toEqual(both);
        if (both.length > 0) some += 1;
      }),
      { numRuns: 500 },
    );
    expect(some).toBeGreaterThan(10);
  });

  test('is the row itself where nothing has changed, and has no more ways each time it is narrowed again', () => {
    fc.assert(
      fc.property(anyWorld, anyWorld, (held, newer) => {
        expect(granted(narrowed(held, held))).toEqual(granted(held));
        const ways = (rows: readonly (TableRow | null)[]) =>
          rows.flatMap((row) => (row?.row === 'user' ? row.grants : [])).length;
        const once = narrowed(held, newer);
        let again = once;
        for (let n = 0; n < 5; n++)
          again = narrowed(
            again.flatMap((row) => row ?? []),
            newer,
          );
        expect(ways(again)).toBeLessThanOrEqual(ways(once));
        expect(granted(again)).toEqual(granted(once));
      }),
    );
  });
});

describe('a credential', () => {
  const door = [grantRow({ door: 'door-a' })];
  const withOne = (more: Partial<UserRow['credentials'][number]>) =>
    userRow('u', { credentials: [credentialRow('k', more)], grants: door });
  const kept = (held: UserRow, newer: UserRow) => {
    const row = narrowedRow(held, newer);
    return row?.row === 'user' ? row.credentials : null;
  };

  test('is kept only as the one it was: neither a new key nor the same key of another', () => {
    expect(kept(withOne({}), withOne({}))).toEqual([credentialRow('k')]);
    expect(kept(withOne({}), withOne({ key: 'other' }))).toEqual([]);
    expect(kept(withOne({}), withOne({ id: 'another' }))).toEqual([]);
  });

  test('has the newer allowance, and one that has become unlimited has the old', () => {
    const [old, fresh] = [
      { max: 1, used: 1, generation: 1 },
      { max: 5, used: 0, generation: 2 },
    ];
    const uses = (held: typeof old | null, newer: typeof old | null) =>
      kept(withOne({ uses: held }), withOne({ uses: newer }))?.[0]?.uses;
    expect([uses(old, fresh), uses(null, fresh), uses(old, null), uses(null, null)]).toEqual([
      fresh,
      fresh,
      old,
      null,
    ]);
  });
});

test('rows of different kinds have nothing in common', () => {
  const rows: TableRow[] = [
    userRow('x'),
    { row: 'door_group', id: 'x', doors: [] },
    {
      row: 'schedule',
      id: 'x',
      from: 0,
      until: 1,
      edges: new Float64Array(),
      holiday_edges: new Float64Array(),
    },
    { row: 'timetable', id: 'x', from: 0, until: 1, periods: [] },
  ];
  for (const held of rows) {
    const found = rows.filter((newer) => narrowedRow(held, newer) !== null);
    expect(found).toEqual([held]);
  }
});
