import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessTable, emptyTable, putRow, rowsOf } from '../../src/core/access-table.ts';
import { type DoorSituation, decide } from '../../src/core/decide.ts';
import { noCommit, type TableRow, type TableVersion } from '../../src/core/table-row.ts';
import {
  type TableAnswer,
  type TableKeeper,
  type TableMessage,
  type TableTalk,
  tableKeeper,
} from '../../src/door/table-keeper.ts';
import {
  changed,
  credentialRow,
  difference,
  doorIds,
  grantRow,
  groupIds,
  instants,
  keys,
  type RowChange,
  type RowMap,
  rowChange,
  userIds,
  userRow,
} from '../support/table-rows.ts';

const version = (revision: number, table_id = 'db'): TableVersion => ({ table_id, revision });
const revisionOf = (keeper: TableKeeper): number => keeper.inForce()?.version.revision ?? -1;
const sorted = (rows: Iterable<TableRow>): TableRow[] =>
  [...rows].sort((a, b) => `${a.row}/${a.id}`.localeCompare(`${b.row}/${b.id}`));
const user = (n: number): TableRow => userRow(`u${n}`, { credentials: [credentialRow(`k${n}`)] });

/** A keeper whose later turns come when the test says so, and a Link that can be full. */
function bench(start: Parameters<typeof tableKeeper>[0]['start'] = null) {
  const turns: (() => void)[] = [];
  const said: TableAnswer[] = [];
  const link = { full: false };
  let changes = 0;
  const keeper = tableKeeper({
    doorIds,
    start,
    later: (fn) => turns.push(fn),
    changed: () => {
      changes += 1;
    },
  });
  const connect = (): TableTalk =>
    keeper.connect((answer) => {
      if (!link.full) said.push(answer);
      return !link.full;
    });
  return {
    keeper,
    link,
    connect,
    said: () => said.splice(0),
    /** How often what is in force has changed. */
    changes: () => changes,
    turn: () => turns.shift()?.(),
    turns: () => {
      for (let next = turns.shift(); next !== undefined; next = turns.shift()) next();
    },
    ids: () => sorted(rowsOf(keeper.inForce()?.table ?? emptyTable([]))).map((row) => row.id),
  };
}

const patch = (base: number, to: number, rows: TableRow[]): TableMessage => ({
  type: 'patch',
  base: version(base),
  version: version(to),
  rows,
  removed: [],
});
const offer = (number: number, revision: number, rows: number): TableMessage => ({
  type: 'offer',
  offer: number,
  version: version(revision),
  rows,
});
const part = (number: number, from: number, rows: TableRow[]): TableMessage => ({
  type: 'part',
  offer: number,
  from,
  rows,
});

describe('patches', () => {
  const start = () => {
    const table = emptyTable(doorIds);
    putRow(table, user(1));
    return { table, version: version(5) };
  };

  test('one that follows the table in force is applied at once and answered', () => {
    const t = bench(start());
    expect(t.keeper.inForce()?.source).toBe('snapshot');
    t.connect().take(patch(5, 6, [user(2)]));
    expect(t.said()).toEqual([{ type: 'applied', version: version(6) }]);
    expect(t.ids()).toEqual(['u1', 'u2']);
    expect(t.keeper.inForce()).toMatchObject({ version: version(6), source: 'admin' });
    expect(t.changes()).toBe(1);
  });

  test('one that does not is not touched, and a whole table is asked for, once', () => {
    const t = bench(start());
    const talk = t.connect();
    talk.take(patch(6, 7, [user(2)]));
    talk.take(patch(7, 8, [user(3)]));
    expect(t.said()).toEqual([{ type: 'resync', table: version(5) }]);
    expect(t.ids()).toEqual(['u1']);
    talk.take(offer(1, 8, 1));
    talk.take(patch(4, 5, []));
    expect(t.said().map((answer) => answer.type)).toEqual(['pull', 'resync']);
  });

  test('the same revision of another database does not fit', () => {
    const t = bench(start());
    t.connect().take({ ...patch(5, 6, [user(2)]), base: version(5, 'restored') } as TableMessage);
    expect(t.said()).toEqual([{ type: 'resync', table: version(5) }]);
  });

  test('without any table, a patch asks for one', () => {
    const t = bench();
    t.connect().take(patch(5, 6, [user(2)]));
    expect(t.said()).toEqual([{ type: 'resync', table: null }]);
    expect(t.keeper.inForce()).toBeNull();
  });
});

describe('offers', () => {
  test('are pulled part by part, in turns of their own, and come in force whole', () => {
    const t = bench();
    const talk = t.connect();
    talk.take(offer(1, 9, 3));
    expect(t.said()).toEqual([{ type: 'pull', offer: 1, from: 0 }]);
    talk.take(part(1, 0, [user(1), user(2)]));
    expect(t.said()).toEqual([]);
    t.turn();
    expect(t.said()).toEqual([{ type: 'pull', offer: 1, from: 2 }]);
    talk.take(part(1, 2, [user(3)]));
    expect(t.keeper.inForce()).toBeNull();
    t.turn();
    expect(t.said()).toEqual([{ type: 'applied', version: version(9) }]);
    expect(t.ids()).toEqual(['u1', 'u2', 'u3']);
  });

  test('an empty table is a table', () => {
    const t = bench();
    t.connect().take(offer(1, 9, 0));
    expect(t.said()).toEqual([{ type: 'applied', version: version(9) }]);
    expect(t.keeper.inForce()?.version).toEqual(version(9));
  });

  test('parts of another offer, of another place, or that come twice are ignored', () => {
    const t = bench();
    const talk = t.connect();
    talk.take(offer(2, 9, 2));
    talk.take(part(1, 0, [user(7)]));
    talk.take(part(2, 1, [user(8)]));
    talk.take(part(2, 0, [user(1)]));
    talk.take(part(2, 0, [user(9)]));
    t.turns();
    talk.take(part(2, 1, [user(2)]));
    t.turns();
    expect(t.ids()).toEqual(['u1', 'u2']);
  });

  test('a part with more rows than were offered, or none, ends it: a table is asked for anew', () => {
    for (const rows of [[], [user(1), user(2)]]) {
      const t = bench();
      const talk = t.connect();
      talk.take(offer(1, 9, 1));
      talk.take(part(1, 0, rows));
      t.turns();
      expect(t.said().map((answer) => answer.type)).toEqual(['pull', 'resync']);
      expect(t.keeper.inForce()).toBeNull();
    }
  });

  test('a newer offer drops the older, whose parts count no more', () => {
    const t = bench();
    const talk = t.connect();
    talk.take(offer(1, 9, 2));
    talk.take(part(1, 0, [user(1)]));
    talk.take(offer(2, 10, 1));
    t.turns();
    talk.take(part(1, 1, [user(2)]));
    talk.take(part(2, 0, [user(3)]));
    t.turns();
    expect(t.ids()).toEqual(['u3']);
    expect(t.said().at(-1)).toEqual({ type: 'applied', version: version(10) });
  });

  test('patches upon the offered version wait for it, and only the last version is ever in force', () => {
    const t = bench();
    const talk = t.connect();
    talk.take(offer(1, 9, 1));
    talk.take(patch(9, 10, [user(2)]));
    talk.take(patch(10, 11, [user(3)]));
    talk.take(part(1, 0, [user(1)]));
    t.turns();
    expect(t.said().slice(1)).toEqual([
      { type: 'narrowed', version: version(10) },
      { type: 'narrowed', version: version(11) },
      { type: 'applied', version: version(11) },
    ]);
    expect(t.ids()).toEqual(['u1', 'u2', 'u3']);
    expect(t.changes()).toBe(1);
  });

  test('a patch that fits the table in force ends a build, which could only lead back', () => {
    const t = bench({ table: emptyTable(doorIds), version: version(5) });
    const talk = t.connect();
    talk.take(offer(1, 9, 1));
    talk.take(patch(5, 10, [user(2)]));
    talk.take(part(1, 0, [user(1)]));
    t.turns();
    expect(t.keeper.inForce()?.version).toEqual(version(10));
    expect(t.ids()).toEqual(['u2']);
    expect(t.said().map((answer) => answer.type)).toEqual(['pull', 'applied', 'resync']);
  });

  test('many patches about the same row cost no more than one', () => {
    const t = bench();
    const talk = t.connect();
    talk.take(offer(1, 0, 1));
    for (let revision = 0; revision < 30_000; revision++) talk.take(patch(revision, revision + 1, [user(1)]));
    talk.take(part(1, 0, [user(2)]));
    t.turns();
    expect(t.keeper.inForce()?.version).toEqual(version(30_000));
    expect(t.ids()).toEqual(['u1', 'u2']);
  });

  test('more waiting rows than are kept end the build, not the memory', () => {
    const t = bench();
    const talk = t.connect();
    talk.take(offer(1, 0, 1));
    for (let revision = 0; revision < 26_000; revision++) {
      talk.take(patch(revision, revision + 1, [user(revision)]));
    }
    talk.take(part(1, 0, [user(2)]));
    t.turns();
    const said = new Set(t.said().map((answer) => answer.type));
    expect([...said]).toEqual(['pull', 'narrowed', 'resync']);
    expect(t.keeper.inForce()).toBeNull();
  });
});

describe('connections', () => {
  test('what was being built on a lost connection never comes in force', () => {
    const t = bench();
    const lost = t.connect();
    lost.take(offer(1, 9, 1));
    lost.take(part(1, 0, [user(1)]));
    lost.end();
    t.turns();
    lost.take(offer(2, 9, 0));
    const next = t.connect();
    next.take(offer(1, 10, 1));
    lost.take(part(1, 0, [user(2)]));
    t.turns();
    expect(t.keeper.inForce()).toBeNull();
    next.take(part(1, 0, [user(3)]));
    t.turns();
    expect(t.ids()).toEqual(['u3']);
  });

  test('a full Link loses no answer: the newest of each kind is said when there is room', () => {
    const t = bench({ table: emptyTable(doorIds), version: version(0) });
    const talk = t.connect();
    t.link.full = true;
    for (let revision = 0; revision < 50; revision++)
      talk.take(patch(revision, revision + 1, [user(revision)]));
    talk.take(patch(7, 8, []));
    expect(t.said()).toEqual([]);
    t.link.full = false;
    talk.room();
    expect(t.said()).toEqual([
      { type: 'applied', version: version(50) },
      { type: 'resync', table: version(50) },
    ]);
    talk.room();
    expect(t.said()).toEqual([]);
  });
});

/** Everybody may go everywhere: there is much to take away. */
const welcoming: RowMap = new Map<string, TableRow>([
  ...groupIds.map((id) => [`door_group/${id}`, { row: 'door_group', id, doors: doorIds }] as const),
  ...userIds.map((id, i) => {
    const grants = [...doorIds.map((door) => ({ door })), ...groupIds.map((group) => ({ group }))];
    const credentials = [credentialRow(keys[i] ?? '')];
    return [`user/${id}`, userRow(id, { credentials, grants: grants.map((to) => grantRow(to)) })] as const;
  }),
]);

/** An admin process that keeps every version it ever had, and says anything it may truthfully say, in any order. */
function truthfulAdmin() {
  const versions: RowMap[] = [welcoming];
  const offers: TableRow[][] = [];
  const newest = (): number => versions.length - 1;
  const rowsAt = (revision: number): RowMap => versions[revision] ?? new Map();
  return {
    newest,
    rowsAt,
    commit: (change: RowChange): void => {
      versions.push(changed(rowsAt(newest()), change));
    },
    patch(base: number, to: number): TableMessage {
      const { rows, removed } = difference(rowsAt(base), rowsAt(to));
      return structuredClone({ type: 'patch', base: version(base), version: version(to), rows, removed });
    },
    offer(): TableMessage {
      const rows = [...rowsAt(newest()).values()];
      return offer(offers.push(rows), newest(), rows.length);
    },
    part: (number: number, from: number, size: number): TableMessage =>
      structuredClone(part(number, from, offers[number - 1]?.slice(from, from + size) ?? [])),
  };
}

const step = fc.oneof(
  { weight: 4, arbitrary: rowChange.map((change) => ({ do: 'commit' as const, change })) },
  { weight: 3, arbitrary: fc.nat(3).map((back) => ({ do: 'patch' as const, back })) },
  { weight: 2, arbitrary: fc.tuple(fc.nat(9), fc.nat(9)).map(([a, b]) => ({ do: 'stray' as const, a, b })) },
  { weight: 1, arbitrary: fc.constant({ do: 'offer' as const }) },
  {
    weight: 1,
    arbitrary: fc.tuple(rowChange, rowChange).map((changes) => ({ do: 'overtake' as const, changes })),
  },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }).map((size) => ({ do: 'answer' as const, size })) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(4), fc.nat(5)).map(([n, at]) => ({ do: 'old_part' as const, n, at })),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'lose_link' as const }) },
  { weight: 1, arbitrary: fc.boolean().map((full) => ({ do: 'window' as const, full })) },
);

/** All that a table grants in this small world; `orSpent`: also what it would, were the allowance not used up. */
function granted(table: AccessTable, orSpent = false): string[] {
  const found: string[] = [];
  for (const door of doorIds) {
    for (const key of keys) {
      for (const now of [...instants, -1, 15]) {
        const request = { door, kind: 'token', key, now } as const;
        const { reason } = decide(table, request, quiet);
        if (reason === 'granted' || (orSpent && reason === 'no_uses_left'))
          found.push(`${key} at ${door} at ${now}`);
      }
    }
  }
  return found;
}
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
function tableOf(rows: Iterable<TableRow>): AccessTable {
  const table = emptyTable(doorIds);
  for (const row of rows) putRow(table, row);
  return table;
}

test('through any history the table in force is exactly that of the version it claims or less, never an earlier one again, and in the end the newest', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const admin = truthfulAdmin();
      const t = bench({ table: tableOf(welcoming.values()), version: version(0) });
      let talk = t.connect();
      let heard: TableAnswer[] = [];
      let tip = 0;
      let before = -1;
      /** The earlier table with the rows of the patches since: while a newer one is built, nothing beyond both is granted. */
      const mixed = { rows: new Map() as RowMap, granted: new Set<string>() };
      const mix = (message: TableMessage): void => {
        const now = t.keeper.inForce();
        if (message.type !== 'patch' || now?.version.table_id !== noCommit.table_id) return;
        const rows = new Map(mixed.rows);
        for (const row of message.rows) rows.set(`${row.row}/${row.id}`, row);
        for (const { row, id } of message.removed) rows.delete(`${row}/${id}`);
        // Each user for itself: a key may have changed hands in a commit that comes with the offer.
        const [people, others] = [...rows.values()].reduce<[TableRow[], TableRow[]]>(
          (parted, row) => {
            parted[row.row === 'user' ? 0 : 1].push(row);
            return parted;
          },
          [[], []],
        );
        const ways = new Set(people.flatMap((person) => granted(tableOf([...others, person]), true)));
        mixed.rows = rows;
        const left = new Set([...mixed.granted].filter((way) => ways.has(way)));
        if (left.size < mixed.granted.size) taken += 1;
        mixed.granted = left;
      };
      const check = (keeper: TableKeeper): void => {
        const now = keeper.inForce();
        if (now === null) return;
        if (now.version.table_id === noCommit.table_id) {
          expect(granted(now.table).filter((way) => !mixed.granted.has(way))).toEqual([]);
          return;
        }
        expect(now.version.revision).toBeGreaterThanOrEqual(before);
        before = now.version.revision;
        expect(sorted(rowsOf(now.table))).toEqual(sorted(admin.rowsAt(before).values()));
        mixed.rows = admin.rowsAt(before);
        mixed.granted = new Set(granted(now.table, true));
      };
      const answer = (size: number): void => {
        heard.push(...t.said());
        check(t.keeper);
        const next = heard.shift();
        if (next?.type === 'pull') talk.take(admin.part(next.offer, next.from, size));
        if (next?.type === 'applied') expect(next.version.revision).toBeLessThanOrEqual(before);
        if (next?.type === 'resync') {
          talk.take(admin.offer());
          tip = admin.newest();
        }
      };
      const takePatch = (to: number): void => {
        const message = admin.patch(tip, to);
        const changes = t.changes();
        talk.take(message);
        // What it says is no measure: an answer for which there was no room is said again with a patch that is not taken.
        if (t.changes() > changes) mix(message);
        tip = to;
      };
      check(t.keeper);
      for (const s of steps) {
        switch (s.do) {
          case 'commit':
            admin.commit(s.change);
            break;
          case 'patch':
            takePatch(Math.max(tip, admin.newest() - s.back));
            break;
          case 'overtake':
            admin.commit(s.changes[0]);
            talk.take(admin.offer());
            tip = admin.newest();
            admin.commit(s.changes[1]);
            takePatch(admin.newest());
            break;
          case 'stray': {
            const [from, to] = [Math.min(s.a, s.b), Math.max(s.a, s.b)];
            if (to <= admin.newest()) talk.take(admin.patch(from, to));
            break;
          }
          case 'offer':
            talk.take(admin.offer());
            tip = admin.newest();
            break;
          case 'answer':
            answer(s.size);
            break;
          case 'old_part':
            talk.take(admin.part(s.n, s.at, 2));
            break;
          case 'turn':
            t.turn();
            break;
          case 'lose_link':
            talk.end();
            t.said();
            heard = [];
            talk = t.connect();
            tip = revisionOf(t.keeper);
            if (tip < 0) talk.take(admin.offer());
            tip = Math.max(tip, 0);
            break;
          case 'window':
            t.link.full = s.full;
            if (!s.full) talk.room();
            break;
        }
        check(t.keeper);
      }
      t.link.full = false;
      talk.room();
      talk.take(admin.offer());
      for (let i = 0; i < 500 && revisionOf(t.keeper) < admin.newest(); i++) {
        t.turns();
        answer(3);
        check(t.keeper);
      }
      expect(t.keeper.inForce()?.version).toEqual(version(admin.newest()));
    }),
    { numRuns: 400 },
  );
  // The histories are such that there was something to take away.
  expect(taken).toBeGreaterThan(50);
});

describe('what is answered', () => {
  /** A keeper whose disk is slow: what it says waits until the test lets it. */
  function slow() {
    const waiting: (() => void)[] = [];
    const said: TableAnswer[] = [];
    let swaps = 0;
    const keeper = tableKeeper({
      doorIds,
      start: { table: emptyTable(doorIds), version: version(1) },
      later: (fn) => fn(),
      changed: () => {},
      safety: {
        patched: () => {},
        swapped: () => {
          swaps += 1;
        },
        whenSafe: (done) => waiting.push(done),
      },
    });
    const talk = keeper.connect((answer) => said.push(answer) > 0);
    return { keeper, talk, said: () => said.splice(0), swaps: () => swaps, safe: () => waiting.shift()?.() };
  }

  test('waits until a power cut cannot undo it, while the doors go by it at once; the newest stands for those before', () => {
    const t = slow();
    t.talk.take(patch(1, 2, [user(1)]));
    t.talk.take(patch(2, 3, [user(2)]));
    t.talk.take(patch(3, 4, [user(3)]));
    expect([revisionOf(t.keeper), t.said()]).toEqual([4, []]);
    t.safe();
    expect(t.said()).toEqual([{ type: 'applied', version: version(2) }]);
    t.safe();
    expect(t.said()).toEqual([{ type: 'applied', version: version(4) }]);
  });

  test('of a table that is about to be replaced is not said any more', () => {
    const t = slow();
    t.talk.take(patch(1, 2, [user(1)]));
    t.talk.take(patch(7, 8, [user(2)]));
    expect(t.said()).toEqual([{ type: 'resync', table: version(2) }]);
    t.safe();
    expect(t.said()).toEqual([]);
    t.talk.take({ type: 'offer', offer: 1, version: version(8), rows: 1 });
    t.talk.take({ type: 'part', offer: 1, from: 0, rows: [user(2)] });
    expect([t.said().map(({ type }) => type), t.swaps()]).toEqual([['pull'], 1]);
    t.safe();
    expect(t.said()).toEqual([{ type: 'applied', version: version(8) }]);
  });
});
