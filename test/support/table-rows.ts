import fc from 'fast-check';
import type { CredentialRow, GrantRow, RowRef, TableRow, UserRow } from '../../src/core/table-row.ts';
import { someTimetable } from './timetables.ts';

/** Rows of a small world where everything meets: three doors (and one that is gone), three groups, six users, ten keys. */
export const doorIds = ['door-a', 'door-b', 'door-c'];
export const userIds = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'];
export const groupIds = ['g1', 'g2', 'g3'];
export const scheduleIds = ['s1', 's2'];
export const keys = Array.from({ length: 10 }, (_, i) => `key-${i}`);
/** Instants around which everything begins and ends. */
export const instants = [0, 10, 20, 30];

export function userRow(id: string, more: Partial<Omit<UserRow, 'row' | 'id'>> = {}): UserRow {
  return { row: 'user', id, suspended: false, from: null, until: null, credentials: [], grants: [], ...more };
}

export function credentialRow(key: string, more: Partial<CredentialRow> = {}): CredentialRow {
  return {
    id: `credential-of-${key}`,
    key,
    draft: false,
    blocked: false,
    duress: false,
    from: null,
    until: null,
    uses: null,
    ...more,
  };
}

export function grantRow(target: GrantRow['target'], more: Partial<GrantRow> = {}): GrantRow {
  return { target, schedule: null, from: null, until: null, ...more };
}

const edge = fc.option(fc.constantFrom(...instants));
const rarely = fc.nat(7).map((n) => n === 0);

const credentials = fc.subarray(keys, { maxLength: 3 }).chain((held) =>
  fc.tuple(
    ...held.map((key) =>
      fc.record({
        id: fc.constant(`credential-of-${key}`),
        key: fc.constant(key),
        draft: rarely,
        blocked: rarely,
        duress: rarely,
        from: edge,
        until: edge,
        uses: fc.option(
          fc.record({ max: fc.nat(3), used: fc.nat(3), generation: fc.integer({ min: 1, max: 2 }) }),
          { freq: 3 },
        ),
      }),
    ),
  ),
);

const grants: fc.Arbitrary<GrantRow[]> = fc.array(
  fc.record({
    target: fc.oneof(
      fc.constantFrom(...doorIds, 'door-gone').map((door) => ({ door })),
      fc.constantFrom(...groupIds).map((group) => ({ group })),
    ),
    schedule: fc.option(fc.constantFrom(...scheduleIds)),
    from: edge,
    until: edge,
  }),
  { maxLength: 4 },
);

const anyUser: fc.Arbitrary<TableRow> = fc.record({
  row: fc.constant('user' as const),
  id: fc.constantFrom(...userIds),
  suspended: rarely,
  from: edge,
  until: edge,
  credentials,
  grants,
});

const anyGroup: fc.Arbitrary<TableRow> = fc.record({
  row: fc.constant('door_group' as const),
  id: fc.constantFrom(...groupIds),
  doors: fc.subarray([...doorIds, 'door-gone']),
});

const edges = fc.subarray([-Infinity, ...instants, 15, 25]).map((some) => Float64Array.from(some).sort());

const anySchedule: fc.Arbitrary<TableRow> = fc.record({
  row: fc.constant('schedule' as const),
  id: fc.constantFrom(...scheduleIds),
  from: fc.constantFrom(-10, 5),
  until: fc.constantFrom(22, 100),
  edges,
  holiday_edges: edges,
});

const anyTimetable: fc.Arbitrary<TableRow> = fc
  .tuple(fc.constantFrom(...doorIds), someTimetable)
  .map(([id, timetable]) => ({ row: 'timetable', id, ...timetable }));

export type RowChange = { put: TableRow } | { remove: RowRef };

export const rowChange: fc.Arbitrary<RowChange> = fc.oneof(
  { weight: 5, arbitrary: anyUser.map((put) => ({ put })) },
  { weight: 2, arbitrary: anyGroup.map((put) => ({ put })) },
  { weight: 2, arbitrary: anySchedule.map((put) => ({ put })) },
  { weight: 1, arbitrary: anyTimetable.map((put) => ({ put })) },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.constantFrom(...userIds).map((id) => ({ remove: { row: 'user' as const, id } })),
      fc.constantFrom(...groupIds).map((id) => ({ remove: { row: 'door_group' as const, id } })),
      fc.constantFrom(...scheduleIds).map((id) => ({ remove: { row: 'schedule' as const, id } })),
      fc.constantFrom(...doorIds).map((id) => ({ remove: { row: 'timetable' as const, id } })),
    ),
  },
);

/** The directory's rows by kind and id, as a plain map: what any table must come to. */
export type RowMap = ReadonlyMap<string, TableRow>;

/**
 * The rows after a change. As in the directory, no key is held twice: a user who is given a key that is held takes it, and the
 * earlier holder's row changes too.
 */
export function changed(rows: RowMap, change: RowChange): RowMap {
  const next = new Map(rows);
  if ('remove' in change) {
    next.delete(`${change.remove.row}/${change.remove.id}`);
    return next;
  }
  const { put } = change;
  if (put.row === 'user') {
    const taken = new Set(put.credentials.map((c) => c.key));
    for (const [name, row] of next) {
      if (row.row === 'user' && row.id !== put.id && row.credentials.some((c) => taken.has(c.key))) {
        next.set(name, { ...row, credentials: row.credentials.filter((c) => !taken.has(c.key)) });
      }
    }
  }
  next.set(`${put.row}/${put.id}`, put);
  return next;
}

/** What to put and to remove to come from one set of rows to another. */
export function difference(from: RowMap, to: RowMap): { rows: TableRow[]; removed: RowRef[] } {
  return {
    rows: [...to].filter(([name, row]) => from.get(name) !== row).map(([, row]) => row),
    removed: [...from].filter(([name]) => !to.has(name)).map(([, { row, id }]) => ({ row, id })),
  };
}
