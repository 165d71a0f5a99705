import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AccessTable,
  emptyTable,
  holdsDoor,
  putRow,
  removeRow,
  rowsOf,
  tableCounts,
} from '../../src/core/access-table.ts';
import { type DoorSituation, decide } from '../../src/core/decide.ts';
import { entryOf } from '../../src/core/key-index.ts';
import type { TableRow } from '../../src/core/table-row.ts';
import {
  changed,
  credentialRow,
  difference,
  doorIds,
  grantRow,
  groupIds,
  instants,
  keys,
  type RowMap,
  rowChange,
  scheduleIds,
  userRow,
} from '../support/table-rows.ts';
import { naiveReason } from './naive-decide.ts';

const quiet: DoorSituation = {
  restricted: false,
  locked_out: false,
  after_outage: false,
  used: () => 0,
  latest: 0,
  clock_doubted: false,
  mode: 'normal',
  card_of: null,
};
const reasonAt = (table: AccessTable, door: string, key: string): string =>
  decide(table, { door, kind: 'token', key, now: 0 }, quiet).reason;
const byName = (rows: Iterable<TableRow>): string[] => [...rows].map((r) => `${r.row}/${r.id}`).sort();

/** Every question this small world allows, answered by the table and by the rules read straight from the rows. */
function expectLikeRows(table: AccessTable, rows: RowMap): void {
  for (const door of [...doorIds, 'door-gone']) {
    for (const key of keys) {
      for (const now of [...instants, -1, 15]) {
        const request = { door, kind: 'token', key, now } as const;
        const naive = naiveReason([...rows.values()], doorIds, request, quiet);
        const decision = decide(table, request, quiet);
        expect({ reason: decision.reason, user: decision.user_id }).toEqual(naive);
      }
    }
  }
}

describe('the access table', () => {
  test('after any history of changes it answers as the rows that are left say, and holds nothing else', () => {
    fc.assert(
      fc.property(fc.array(rowChange, { maxLength: 25 }), (changes) => {
        const table = emptyTable(doorIds);
        let rows: RowMap = new Map();
        for (const change of changes) {
          const next = changed(rows, change);
          const { rows: put, removed } = difference(rows, next);
          for (const row of put) putRow(table, row);
          for (const ref of removed) removeRow(table, ref);
          rows = next;
        }
        expectLikeRows(table, rows);
        expect(byName(rowsOf(table))).toEqual(byName(rows.values()));
        const held = [...rows.values()].flatMap((row) => (row.row === 'user' ? row.credentials : []));
        const users = [...rows.values()].filter((row) => row.row === 'user').length;
        expect(tableCounts(table)).toEqual({ users, credentials: held.length });
        const named = [...rows.values()].flatMap((row) =>
          row.row === 'user'
            ? row.grants.flatMap(({ target, schedule }) => [
                schedule,
                'group' in target ? target.group : null,
              ])
            : [row.id],
        );
        expect([...table.groups.keys()].sort()).toEqual(groupIds.filter((id) => named.includes(id)));
        expect([...table.schedules.keys()].sort()).toEqual(scheduleIds.filter((id) => named.includes(id)));
      }),
      { numRuns: 150 },
    );
  });

  test('the order of rows within a change does not matter, also when keys change hands', () => {
    const before = [
      userRow('u1', { credentials: [credentialRow('k1')], grants: [grantRow({ door: 'door-a' })] }),
      userRow('u2', { credentials: [credentialRow('k2')], grants: [grantRow({ door: 'door-a' })] }),
    ];
    const after = [
      userRow('u1', { credentials: [credentialRow('k2')], grants: [grantRow({ door: 'door-a' })] }),
      userRow('u2', { credentials: [credentialRow('k1')], grants: [grantRow({ door: 'door-a' })] }),
    ];
    for (const order of [after, after.toReversed()]) {
      const table = emptyTable(doorIds);
      for (const row of [...before, ...order]) putRow(table, row);
      expect(entryOf(table.credentials, 'k1')?.user_id).toBe('u2');
      expect(entryOf(table.credentials, 'k2')?.user_id).toBe('u1');
      expect(tableCounts(table).credentials).toBe(2);
    }
  });

  test('a group that comes after its users opens its doors to all of them at once, and shuts them when it goes', () => {
    const table = emptyTable(doorIds);
    for (const n of [1, 2, 3]) {
      const grants = [grantRow({ group: 'g1' })];
      putRow(table, userRow(`u${n}`, { credentials: [credentialRow(`key-${n}`)], grants }));
    }
    const reasons = () => [1, 2, 3].map((n) => reasonAt(table, 'door-b', `key-${n}`));
    expect(reasons()).toEqual(Array(3).fill('not_this_door'));
    putRow(table, { row: 'door_group', id: 'g1', doors: ['door-b', 'door-gone'] });
    expect(reasons()).toEqual(Array(3).fill('granted'));
    putRow(table, { row: 'door_group', id: 'g1', doors: ['door-c'] });
    expect(reasons()).toEqual(Array(3).fill('not_this_door'));
    putRow(table, { row: 'door_group', id: 'g1', doors: ['door-b'] });
    removeRow(table, { row: 'door_group', id: 'g1' });
    expect(reasons()).toEqual(Array(3).fill('not_this_door'));
  });

  test('a door the site does not have is granted to nobody, however it is named', () => {
    const table = emptyTable(doorIds);
    const grants = [grantRow({ door: 'door-gone' }), grantRow({ group: 'g1' })];
    putRow(table, { row: 'door_group', id: 'g1', doors: ['door-gone', '__proto__'] });
    putRow(table, userRow('u1', { credentials: [credentialRow('k')], grants }));
    for (const door of [...doorIds, 'door-gone', '__proto__', 'constructor']) {
      expect(reasonAt(table, door, 'k')).toBe('not_this_door');
    }
  });

  test('any number of doors: each is its own, beyond every word of bits', () => {
    const many = Array.from({ length: 100 }, (_, i) => `d${i}`);
    for (const [position, id] of many.entries()) {
      const table = emptyTable(many);
      putRow(table, { row: 'door_group', id: 'g1', doors: [id] });
      const set = table.groups.get('g1')?.doors ?? new Uint32Array(0);
      expect(many.filter((_, i) => holdsDoor(set, i))).toEqual([id]);
      expect(table.doors.get(id)?.position).toBe(position);
    }
  });

  test('grants without dates are one and the same for all who have them, and only as long as they lead the same way', () => {
    const table = emptyTable(doorIds);
    const grants = [
      grantRow({ door: 'door-a' }),
      grantRow({ door: 'door-a' }, { schedule: 's1' }),
      grantRow({ group: 'g1' }, { schedule: 's1' }),
    ];
    for (const id of ['u1', 'u2']) putRow(table, userRow(id, { grants }));
    const dated = grants.map((grant) => ({ ...grant, until: 50 }));
    for (const id of ['u3', 'u4']) putRow(table, userRow(id, { grants: dated }));
    const grantsOf = (id: string) => table.users.get(id)?.grants ?? [];
    const shared = (one: string, other: string) =>
      grantsOf(one).map((grant) => grantsOf(other).includes(grant));
    expect(shared('u1', 'u2')).toEqual([true, true, true]);
    expect(new Set(grantsOf('u1')).size).toBe(3);
    expect(shared('u3', 'u4')).toEqual([false, false, false]);
    expect(shared('u1', 'u3')).toEqual([false, false, false]);
  });

  test('what is not there is removed without a word', () => {
    const table = emptyTable(doorIds);
    putRow(
      table,
      userRow('u1', { credentials: [credentialRow('k')], grants: [grantRow({ door: 'door-a' })] }),
    );
    for (const row of ['user', 'door_group', 'schedule', 'timetable'] as const) {
      removeRow(table, { row, id: 'nobody' });
    }
    expect(byName(rowsOf(table))).toEqual(['user/u1']);
    expect([table.groups.size, table.schedules.size]).toEqual([0, 0]);
    expect(reasonAt(table, 'door-a', 'k')).toBe('granted');
  });

  test('prototype names are ordinary ids', () => {
    const table = emptyTable(doorIds);
    expect(reasonAt(table, 'door-a', 'constructor')).toBe('unknown_credential');
    const grants = [grantRow({ group: '__proto__' })];
    putRow(table, userRow('__proto__', { credentials: [credentialRow('__proto__')], grants }));
    putRow(table, { row: 'door_group', id: '__proto__', doors: ['door-a'] });
    expect(reasonAt(table, 'door-a', '__proto__')).toBe('granted');
    removeRow(table, { row: 'user', id: '__proto__' });
    expect(reasonAt(table, 'door-a', '__proto__')).toBe('unknown_credential');
  });
});
