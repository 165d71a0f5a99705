import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/admin/directory.ts';
import { rowSources } from '../../src/admin/row-sources.ts';
import { scheduleSources } from '../../src/admin/schedule-sources.ts';
import type { Directory } from '../../src/admin/storage.ts';
import { doorGroupRow, userRow } from '../../src/admin/table-compiler.ts';
import { type TablePublisher, tablePublisher } from '../../src/admin/table-publisher.ts';
import { timetableSources } from '../../src/admin/timetable-sources.ts';
import type { TableRow } from '../../src/core/table-row.ts';
import type { FromAdmin, FromDoor } from '../../src/link/message.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import type { Change } from '../../src/schema/storage.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { type ManualStore, manualStore } from './manual-store.ts';
import { keeperDoor, type ModelDoor, modelDoor } from './model-door.ts';
import { aCredential, aDoorGroup, anAccess, aUser } from './records.ts';

type TableWord = Parameters<TablePublisher['heard']>[0];

/** A store, the publisher over it, and a model door behind a Link that holds few messages and can be lost. */
async function site(store: ManualStore, window = 4, door: ModelDoor = modelDoor()) {
  const clock = virtualClock();
  const toDoor: FromAdmin[] = [];
  const toAdmin: FromDoor[] = [];
  const sent: FromAdmin[] = [];
  let directory: Directory;
  let publisher: TablePublisher;
  let full = false;

  /** The admin process starts (again) over what is durable. */
  async function start(): Promise<void> {
    await store.fail();
    toDoor.length = 0;
    toAdmin.length = 0;
    door.lost();
    full = false;
    directory = await openDirectory(store);
    const schedules = scheduleSources(directory, { schedules: [], holidays: [] }, openZone('UTC'));
    publisher = tablePublisher({
      tableId: store.id,
      revision: store.recordsRevision(),
      sources: rowSources(
        directory,
        schedules,
        timetableSources(directory, { timetables: [] }, schedules.base),
      ),
      clock,
      send(message) {
        if (toDoor.length >= window) {
          full = true;
          return false;
        }
        toDoor.push(message);
        sent.push(message);
        return true;
      },
    });
    directory.onCommitted(publisher.committed);
    publisher.start(door.version);
  }

  /** The door takes up to `count` messages; the room is told as the Link does it. */
  function doorTakes(count: number): void {
    for (const message of toDoor.splice(0, count)) toAdmin.push(...door.take(message));
    if (!full || toDoor.length >= window) return;
    full = false;
    publisher.room();
  }
  function adminHears(count: number): void {
    for (const message of toAdmin.splice(0, count)) publisher.heard(message as TableWord);
  }

  await start();
  return {
    clock,
    door,
    sent,
    start,
    get directory() {
      return directory;
    },
    get publisher() {
      return publisher;
    },
    doorTakes,
    adminHears,
    async quiet(): Promise<void> {
      await store.sync();
      while (toDoor.length + toAdmin.length > 0) {
        doorTakes(window);
        adminHears(window);
      }
    },
  };
}

/** A table as text. Within a row, the order of credentials and grants means nothing. */
const rowsText = (rows: Iterable<TableRow>): string => {
  const texts = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
  return JSON.stringify(
    texts(
      [...rows].map((row) =>
        row.row === 'user' ? { ...row, credentials: texts(row.credentials), grants: texts(row.grants) } : row,
      ),
    ),
  );
};
const tableOf = (directory: Directory): string =>
  rowsText([
    ...[...directory.users.values()].map((user) =>
      userRow(user, directory.credentialsOf(user.id), directory.accessOf(user.id)),
    ),
    ...[...directory.door_groups.values()].map(doorGroupRow),
  ]);

const users = (from: number, count: number): Change[] =>
  Array.from({ length: count }, (_, i) => {
    const id = `u${from + i}`;
    return { kind: 'user', id, before: null, after: aUser(id) };
  });

describe('what is sent', () => {
  test('a small change is one patch with the rows it touches, and its version', async () => {
    const store = manualStore();
    const { directory, door, sent, quiet } = await readySite(store);
    void directory.commit({ changes: users(1, 1), feed: [] });
    void directory.commit({
      changes: [{ kind: 'credential', id: 'c', before: null, after: aCredential('c', 'u1') }],
      feed: [],
    });
    await store.sync(1);
    await quiet();
    expect(sent.map(({ type }) => type)).toEqual(['patch', 'patch']);
    expect(door.version).toEqual({ table_id: 'db-1', revision: 2 });
    expect(rowsText(door.rows())).toBe(rowsText([userRow(aUser('u1'), [aCredential('c', 'u1')], [])]));
  });

  test('commits that became durable together are one patch, up to the last of them', async () => {
    const { directory, publisher, door, sent, quiet } = await readySite(manualStore());
    for (let i = 1; i <= 32; i++) void directory.commit({ changes: users(i, 1), feed: [] });
    await quiet();
    expect(sent).toMatchObject([{ type: 'patch', base: { revision: 0 }, version: { revision: 32 } }]);
    expect(door.rows().length).toBe(32);
    expect(publisher.inSync()).toBe(true);
  });

  test('nothing is sent before it is durable, and nothing at all when the disk refuses', async () => {
    const store = manualStore();
    const { directory, sent, quiet } = await readySite(store);
    const refused = directory.commit({ changes: users(1, 1), feed: [] });
    expect(sent).toEqual([]);
    await Promise.all([expect(refused).rejects.toMatchObject({ code: 'storage_unavailable' }), store.fail()]);
    await quiet();
    expect(sent).toEqual([]);
  });

  test('one commit too big for a message is an offer, pulled in parts', async () => {
    const store = manualStore();
    const { directory, door, sent, quiet } = await readySite(store);
    void directory.commit({ changes: users(1, 600), feed: [] });
    await quiet();
    expect(sent.map(({ type }) => type)).toEqual(['offer', 'part', 'part', 'part']);
    expect(door.rows().length).toBe(600);
  });

  test('commits that change no record leave the version, so that a restart sends nothing', async () => {
    const store = manualStore();
    const at = await readySite(store);
    void at.directory.commit({ changes: users(1, 1), feed: [] });
    void at.directory.commit({ changes: [], feed: [], journal: { journal_id: 'j', seq: 1 } });
    await at.quiet();
    expect(store.revision()).toBe(2);
    at.sent.length = 0;
    await at.start();
    await at.quiet();
    expect(at.sent).toEqual([]);
    expect(at.publisher.inSync()).toBe(true);
  });

  test('a door that has the table of another database, or a later one, gets ours', async () => {
    for (const version of [
      { table_id: 'db-0', revision: 1 },
      { table_id: 'db-1', revision: 9 },
    ]) {
      const at = await readySite(manualStore());
      at.door.forget(version);
      await at.start();
      expect(at.publisher.inSync()).toBe(false);
      await at.quiet();
      expect(at.door.version).toEqual({ table_id: 'db-1', revision: 0 });
      expect(at.publisher.inSync()).toBe(true);
    }
  });

  test('several complaints about patches of one table are answered by one offer', async () => {
    const store = manualStore();
    const at = await readySite(store);
    at.door.forget({ table_id: 'db-1', revision: 77 });
    for (let i = 1; i <= 3; i++) {
      void at.directory.commit({ changes: users(i, 1), feed: [] });
      await store.sync();
    }
    at.doorTakes(3);
    at.adminHears(3);
    expect(at.sent.map(({ type }) => type)).toEqual(['patch', 'patch', 'patch', 'offer']);
    await at.quiet();
    expect(at.sent.filter(({ type }) => type === 'offer')).toHaveLength(1);
    expect(at.door.rows().length).toBe(3);
  });
});

describe('waiting for the doors', () => {
  test('what is taken away while a whole table is being pulled does not wait for it', async () => {
    const store = manualStore();
    const at = await site(store, 256, keeperDoor());
    await at.quiet();
    void at.directory.commit({ changes: users(1, 600), feed: [] });
    await at.quiet();
    // Another table than the one at the doors: the whole of it is offered, and the doors have pulled one part of three.
    void at.directory.commit({ changes: users(1_000, 300), feed: [] });
    await store.sync();
    at.doorTakes(1);
    at.adminHears(1);
    at.doorTakes(1);
    const before = at.directory.users.get('u5') ?? null;
    void at.directory.commit({ changes: [{ kind: 'user', id: 'u5', before, after: null }], feed: [] });
    await store.sync();
    const applied = at.publisher.waitFor(store.revision(), 1000);
    at.doorTakes(1);
    at.adminHears(2);
    expect(await applied).toBe(true);
    expect(at.publisher.inSync()).toBe(false);
    expect(at.door.rows().filter(({ id }) => id === 'u5')).toEqual([]);
    expect(at.door.rows().length).toBe(599);
    await at.quiet();
    expect(at.publisher.inSync()).toBe(true);
    expect(at.door.rows().length).toBe(899);
  });

  test('what was taken away beside an offer that the doors have given up is waited for again', async () => {
    const store = manualStore();
    const at = await site(store, 256, keeperDoor());
    await at.quiet();
    void at.directory.commit({ changes: users(1, 600), feed: [] });
    await store.sync();
    at.doorTakes(1);
    at.adminHears(1);
    const before = at.directory.users.get('u5') ?? null;
    void at.directory.commit({ changes: [{ kind: 'user', id: 'u5', before, after: null }], feed: [] });
    await store.sync();
    at.doorTakes(2);
    at.adminHears(2);
    expect(await at.publisher.waitFor(store.revision(), 0)).toBe(true);
    at.publisher.heard({ type: 'resync', table: null });
    const again = at.publisher.waitFor(store.revision(), 1000);
    at.clock.advance(1000);
    expect(await again).toBe(false);
  });

  test('true once the doors go by the revision, false after the time', async () => {
    const store = manualStore();
    const at = await readySite(store);
    void at.directory.commit({ changes: users(1, 1), feed: [] });
    await store.sync();
    const early = at.publisher.waitFor(1, 1000);
    at.clock.advance(1000);
    expect(await early).toBe(false);
    const late = at.publisher.waitFor(1, 1000);
    await at.quiet();
    expect(await late).toBe(true);
    expect(await at.publisher.waitFor(1, 0)).toBe(true);
    expect(at.clock.untilNext()).toBe(null);
  });

  test('a later commit that changed no record asks nothing more of the doors', async () => {
    const store = manualStore();
    const at = await readySite(store);
    void at.directory.commit({ changes: users(1, 1), feed: [] });
    void at.directory.commit({ changes: [], feed: [], journal: { journal_id: 'j', seq: 1 } });
    await at.quiet();
    expect(await at.publisher.waitFor(store.revision(), 0)).toBe(true);
  });
});

/** What can happen, in any order. Numbers choose whom it happens to. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), seed: fc.nat(999) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('sync' as const), seed: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('door' as const), seed: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('admin' as const), seed: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('fail', 'restart', 'both restart', 'bulk'),
      seed: fc.nat(999),
    }),
  },
);

/** Some sensible change of a small world, chosen by a number. */
function changesFor(directory: Directory, seed: number): Change[] {
  const id = `u${seed % 5}`;
  const user = directory.users.get(id);
  if (user === undefined) return [{ kind: 'user', id, before: null, after: aUser(id) }];
  switch (Math.floor(seed / 5) % 7) {
    case 0: {
      const gone = <K extends 'credential' | 'access'>(kind: K) =>
        (kind === 'credential' ? directory.credentialsOf(id) : directory.accessOf(id)).map(
          (before) => ({ kind, id: before.id, before, after: null }) as Change,
        );
      return [{ kind: 'user', id, before: user, after: null }, ...gone('credential'), ...gone('access')];
    }
    case 1:
      return [{ kind: 'user', id, before: user, after: { ...user, suspended: !user.suspended } }];
    case 2: {
      const before = directory.credentials.get(`c${seed % 7}`) ?? null;
      const after = aCredential(`c${seed % 7}`, id, { blocked: seed % 2 === 0 });
      return [{ kind: 'credential', id: after.id, before, after }];
    }
    case 3: {
      const before = directory.access.get(`a${seed % 6}`) ?? null;
      const after = anAccess(`a${seed % 6}`, id, { door_group_id: `g${seed % 2}` });
      return [{ kind: 'access', id: after.id, before, after }];
    }
    case 4: {
      const [before] = directory.accessOf(id);
      return before === undefined ? [] : [{ kind: 'access', id: before.id, before, after: null }];
    }
    case 5: {
      const group = `g${seed % 2}`;
      const before = directory.door_groups.get(group) ?? null;
      const after = seed % 3 === 0 && before !== null ? null : aDoorGroup(group, [`d${seed % 4}`]);
      return [{ kind: 'door_group', id: group, before, after }];
    }
    default:
      return [];
  }
}

describe('any history', () => {
  test.each([
    ['a model door', modelDoor],
    ['the table keeper', keeperDoor],
  ])(
    'every table at %s is that of some commit or less, whoever is shut out stays out, and the last one is the newest',
    async (_, makeDoor) => {
      await fc.assert(
        fc.asyncProperty(
          fc.boolean(),
          fc.array(happening, { maxLength: 80, size: 'max' }),
          async (big, history) => {
            const store = manualStore();
            /** The table of each durable commit, as directories loaded afresh from the store have it. */
            const tables = new Map<number, string>();
            /** Who is durably shut out, since which commit, and of whom the doors have been said to follow. */
            const shutOut = new Map<string, number>();
            const promised = new Set<string>();
            const note = async () => {
              const durable = await openDirectory(store);
              tables.set(store.revision(), tableOf(durable));
              for (const id of ['u0', 'u1', 'u2', 'u3', 'u4']) {
                if (durable.users.get(id)?.suspended === false) {
                  shutOut.delete(id);
                  promised.delete(id);
                } else if (!shutOut.has(id)) shutOut.set(id, store.revision());
              }
            };
            await note();
            if (big) {
              void store.commit({ changes: users(100, 252), feed: [] });
              await store.sync();
              await note();
            }
            const at = await site(store, 4, makeDoor());
            const check = () => {
              if (at.door.version === null) return;
              expect(rowsText(at.door.rows())).toBe(tables.get(at.door.version.revision));
            };
            const checkShutOut = async () => {
              for (const [id, revision] of shutOut) {
                const told = at.publisher.waitFor(revision, 0);
                at.clock.advance(0);
                if (await told) promised.add(id);
              }
              const welcome = at.door.rows().filter((row) => row.row === 'user' && !row.suspended);
              expect(welcome.filter(({ id }) => promised.has(id))).toEqual([]);
            };
            const commit = (changes: Change[]) => {
              at.directory.commit({ changes, feed: [] }).catch(() => {});
            };
            let bulks = 0;
            for (const { do: what, seed } of history) {
              if (what === 'commit') commit(changesFor(at.directory, seed));
              else if (what === 'bulk') commit(users(1000 + 1000 * bulks++, 100 + (seed % 200)));
              else if (what === 'door') at.doorTakes(seed);
              else if (what === 'admin') at.adminHears(seed);
              else if (what === 'fail') await store.fail();
              else if (what === 'restart') await at.start();
              else if (what === 'both restart') {
                at.door.forget();
                await at.start();
              } else if (what === 'sync') {
                for (let i = 0; i < seed; i++) {
                  await store.sync(1);
                  await note();
                }
              }
              if (at.door.version?.table_id === store.id) check();
              await checkShutOut();
            }
            while (store.waiting > 0) {
              await store.sync(1);
              await note();
            }
            await at.quiet();
            expect(at.door.version).toEqual({ table_id: store.id, revision: store.recordsRevision() });
            expect(at.publisher.inSync()).toBe(true);
            check();
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});

async function readySite(store: ManualStore) {
  const at = await site(store, 256);
  await at.quiet();
  at.sent.length = 0;
  return at;
}
