import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { User } from '../../src/schema/record.ts';
import type { Change, Commit, FeedEntry, Store } from '../../src/schema/storage.ts';
import type { Database } from '../../src/store/database.ts';
import { openStore } from '../support/open-store.ts';

/** A database that tests can reopen, watch and break. */
export interface TestDatabase {
  /** The same data again, as after a restart. */
  open(): Promise<Database>;
  dispose(): Promise<void>;
}

export function userRecord(n: number, fields: Partial<User> = {}): User {
  return {
    id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    revision: 1,
    created_at: '2026-03-02T09:00:00.000Z',
    updated_at: '2026-03-02T09:00:00.000Z',
    external_id: `u${n}`,
    kind: 'member',
    first_name: 'Ada',
    last_name: `Number ${n}`,
    email: null,
    mobile: null,
    department: null,
    language: null,
    valid_from: null,
    valid_until: null,
    suspended: false,
    ...fields,
  };
}

const added = (n: number): Change => ({
  kind: 'user',
  id: userRecord(n).id,
  before: null,
  after: userRecord(n),
});
const removed = (n: number): Change => ({
  kind: 'user',
  id: userRecord(n).id,
  before: userRecord(n),
  after: null,
});
const entry = (n: number): Omit<FeedEntry, 'seq'> => ({
  id: `e${n}`,
  type: 'user.created',
  time: '2026-03-02T09:00:00.000Z',
  resource: `user/${userRecord(n).id}`,
  revision: 1,
  data: {},
});
const commit = (n: number): Commit => ({ changes: [added(n)], feed: [entry(n)] });

/** What every store must do, whatever lies beneath it. */
export function storeContract(name: string, make: () => Promise<TestDatabase>): void {
  describe(`store on ${name}`, () => {
    let place: TestDatabase;
    const opened: Store[] = [];
    const openNext = async (wrap: (database: Database) => Database = (d) => d): Promise<Store> => {
      const store = await openStore(wrap(await place.open()), () => 'the-store');
      opened.push(store);
      return store;
    };
    const usersOf = async (store: Store): Promise<string[]> => {
      const ids: string[] = [];
      await store.load((change) => ids.push(change.id));
      return ids;
    };

    beforeEach(async () => {
      place = await make();
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      await place.dispose();
    });

    test('what was committed is there after a restart, under the same id and numbers', async () => {
      const first = await openNext();
      await first.commit(commit(1));
      await first.commit({ changes: [], feed: [entry(2)], journal: { journal_id: 'j', seq: 7 } });
      await first.close();
      const second = await openStore(await place.open(), () => 'another');
      opened.push(second);
      expect(second.id).toBe('the-store');
      expect([second.revision(), second.recordsRevision(), second.feedSeq()]).toEqual([2, 1, 2]);
      const found: Change[] = [];
      await second.load((change) => found.push(change));
      expect(found).toEqual([added(1)]);
      expect(await second.feed(0, 10)).toEqual([
        { seq: 1, ...entry(1) },
        { seq: 2, ...entry(2) },
      ]);
      expect(await second.journalSeq('j')).toBe(7);
      expect(await second.journalSeq('other')).toBe(0);
    });

    test('commits get their numbers in the order of the calls', async () => {
      const store = await openNext();
      const numbers = await Promise.all([1, 2, 3, 4].map((n) => store.commit(commit(n))));
      expect(numbers).toEqual([1, 2, 3, 4].map((n) => ({ revision: n, feed_seq: n })));
      expect((await store.feed(0, 10)).map(({ id }) => id)).toEqual(['e1', 'e2', 'e3', 'e4']);
    });

    test('the last of several commits on one record wins, and a removed record is gone', async () => {
      const store = await openNext();
      await Promise.all([
        store.commit({ changes: [added(1)], feed: [] }),
        store.commit({ changes: [removed(1)], feed: [] }),
        store.commit({ changes: [added(2)], feed: [] }),
      ]);
      expect(await usersOf(store)).toEqual([userRecord(2).id]);
    });

    test('however a record is put and removed, in shared batches or alone, a restart finds it proved whole', async () => {
      let before: User | null = null;
      const step = (does: string): Commit => {
        const after = does === 'put' ? userRecord(7, { revision: (before?.revision ?? 0) + 1 }) : null;
        const change: Change = { kind: 'user', id: userRecord(7).id, before, after };
        before = after;
        return { changes: [change], feed: [] };
      };
      for (const together of [
        'put',
        'put remove',
        'put put remove put',
        'put',
        'remove put',
        'remove',
        'put',
      ]) {
        const store = await openNext();
        await Promise.all(together.split(' ').map((does) => store.commit(step(does))));
        expect(await usersOf(store)).toHaveLength(before === null ? 0 : 1);
        await store.close();
      }
      await openNext();
    });

    test('writers that wait share a batch, each batch is synced, and there is one at a time', async () => {
      let running = 0;
      const sizes: number[] = [];
      const store = await openNext((database) =>
        spied(database, async (operations, options, write) => {
          running += 1;
          expect(running).toBe(1);
          expect(options).toEqual({ sync: true });
          sizes.push(operations.filter(({ key }) => key.startsWith('record/')).length);
          await write();
          running -= 1;
        }),
      );
      await Promise.all(Array.from({ length: 64 }, (_, n) => store.commit(commit(n))));
      expect(sizes).toEqual([0, 64]);
    });

    test('a batch that fails rejects its commits and all that wait, and nothing of them is visible then or later', async () => {
      let failing = false;
      const store = await openNext((database) =>
        spied(database, async (_operations, _options, write) => {
          if (failing) throw new Error('no space left on device');
          await write();
        }),
      );
      await store.commit(commit(1));
      failing = true;
      const lost = Array.from({ length: 300 }, (_, n) => store.commit(commit(n + 2)));
      const outcomes = await Promise.allSettled(lost);
      expect(new Set(outcomes.map((o) => (o.status === 'rejected' ? o.reason.code : 'stored')))).toEqual(
        new Set(['storage_unavailable']),
      );
      expect([store.revision(), store.feedSeq()]).toEqual([1, 1]);
      failing = false;
      await new Promise((resolve) => setImmediate(resolve));
      expect(await store.commit(commit(500))).toEqual({ revision: 2, feed_seq: 2 });
      await store.close();
      const again = await openNext();
      expect(await usersOf(again)).toEqual([userRecord(1).id, userRecord(500).id]);
      expect((await again.feed(0, 10)).map(({ id }) => id)).toEqual(['e1', 'e500']);
    });

    test('a batch that reached the disk although its write failed counts as stored', async () => {
      let failing = false;
      const store = await openNext((database) =>
        spied(database, async (_operations, _options, write) => {
          await write();
          if (failing) throw new Error('the disk did not answer in time');
        }),
      );
      failing = true;
      expect(await store.commit(commit(1))).toEqual({ revision: 1, feed_seq: 1 });
      expect(await usersOf(store)).toEqual([userRecord(1).id]);
    });

    test('the feed is read in pages, in order, from any place', async () => {
      const store = await openNext();
      await Promise.all(Array.from({ length: 20 }, (_, n) => store.commit(commit(n + 1))));
      const seqs = async (after: number, limit: number) =>
        (await store.feed(after, limit)).map(({ seq }) => seq);
      expect(await seqs(0, 3)).toEqual([1, 2, 3]);
      expect(await seqs(15, 3)).toEqual([16, 17, 18]);
      expect(await seqs(18, 10)).toEqual([19, 20]);
      expect(await seqs(20, 10)).toEqual([]);
    });

    test('marks are put and removed, and are there after a restart, beside the records and not among them', async () => {
      const store = await openNext();
      const value = { seq: 1, created_at: 'then', acknowledged_at: 'then' };
      await store.commit({ changes: [], feed: [], marks: [{ kind: 'consumer', id: 'a', value }] });
      await store.commit({ changes: [], feed: [], marks: [{ kind: 'consumer', id: 'b', value }] });
      await store.commit({ changes: [], feed: [], marks: [{ kind: 'consumer', id: 'a', value: null }] });
      expect([store.recordsRevision(), await usersOf(store)]).toEqual([0, []]);
      await store.close();
      const again = await openNext();
      expect(await again.marks('consumer')).toEqual(new Map([['b', value]]));
      expect(await again.marks('delivery')).toEqual(new Map());
    });

    test('the oldest entries of the feed go in slices, the newest never, and a restart finds what is left', async () => {
      const store = await openNext();
      const feed = Array.from({ length: 1_200 }, (_, n) => entry(n + 1));
      await store.commit({ changes: [], feed });
      const trim = (upTo: number) => store.commit({ changes: [], feed: [], trim: upTo });
      await trim(700);
      expect(store.feedTrimmed()).toBe(500);
      await Promise.all([trim(700), trim(400)]);
      expect([store.feedTrimmed(), (await store.feed(0, 1))[0]?.seq]).toEqual([700, 701]);
      await trim(5_000);
      expect(store.feedTrimmed()).toBe(1_199);
      await store.close();
      const again = await openNext();
      expect([again.feedTrimmed(), again.feedSeq()]).toEqual([1_199, 1_200]);
      expect(await again.commit({ changes: [], feed: [entry(1_201)] })).toMatchObject({ feed_seq: 1_201 });
    });

    test('an answer to an idempotency key is kept with its change for a day', async () => {
      const store = await openNext();
      const day = 24 * 3600 * 1000;
      const answer = (at: number) => ({ request: 'hash', status: 201, body: { id: 1 }, at });
      await store.commit({ ...commit(1), idempotency: { key: 'a/b', answer: answer(1000) } });
      expect(await store.idempotent('a/b')).toEqual(answer(1000));
      expect(await store.idempotent('__proto__')).toBeNull();
      await store.commit({ ...commit(2), idempotency: { key: 'c', answer: answer(1001 + day) } });
      expect(await store.idempotent('a/b')).toBeNull();
      expect(await store.idempotent('c')).toEqual(answer(1001 + day));
    });

    test('an answer given after an earlier one under its key was dropped has a day of its own', async () => {
      const store = await openNext();
      const [hour, day] = [3600 * 1000, 24 * 3600 * 1000];
      const answered = (key: string, at: number | null) => {
        const answer = at === null ? null : { request: 'hash', status: 201, body: null, at };
        return store.commit({ changes: [], feed: [], idempotency: { key, answer } });
      };
      await answered('a', 0);
      await answered('a', null);
      await answered('a', 20 * hour);
      await answered('b', day + hour);
      expect(await store.idempotent('a')).toMatchObject({ at: 20 * hour });
      await answered('b', day + 21 * hour);
      expect(await store.idempotent('a')).toBeNull();
      await store.close();
      await openNext();
    });

    test('records and feed entries that are missing without a word from the database are noticed', async () => {
      const lose = async (key: RegExp): Promise<void> => {
        const database = await place.open();
        for await (const [found] of eachEntry(database)) {
          if (key.test(found)) await database.batch([{ type: 'del', key: found }], { sync: true });
        }
        await database.close();
      };
      const store = await openNext();
      await store.commit(commit(1));
      await store.commit(commit(2));
      await store.close();
      const damaged = { code: 'storage_damaged' };
      const reopened = async (): Promise<Store> => {
        const database = await place.open();
        return openStore(database, () => 'x').catch(async (error: unknown) => {
          await database.close();
          throw error;
        });
      };
      await lose(/^record\/user\/.*1$/);
      await expect(reopened()).rejects.toMatchObject(damaged);
      await lose(/^feed\/.*2$/);
      await expect(reopened()).rejects.toMatchObject(damaged);
    });

    test('after close nothing more is taken', async () => {
      const store = await openNext();
      const last = store.commit(commit(1));
      const closing = store.close();
      await expect(store.commit(commit(2))).rejects.toMatchObject({ code: 'storage_unavailable' });
      await closing;
      expect(await last).toEqual({ revision: 1, feed_seq: 1 });
    });

    test('after close nothing can be read, which is told as such', async () => {
      const store = await openNext();
      await store.commit(commit(1));
      await store.close();
      const unavailable = { code: 'storage_unavailable' };
      await expect(store.feed(0, 10)).rejects.toMatchObject(unavailable);
      await expect(store.journalSeq('j')).rejects.toMatchObject(unavailable);
      await expect(store.idempotent('k')).rejects.toMatchObject(unavailable);
      await expect(store.load(() => {})).rejects.toMatchObject(unavailable);
    });
  });
}

type Batch = Parameters<Database['batch']>;

/** A database whose batches pass through `batch`, which writes or does not. */
export function spied(
  database: Database,
  batch: (operations: Batch[0], options: Batch[1], write: () => Promise<void>) => Promise<void>,
): Database {
  return {
    get: (key) => database.get(key),
    getMany: (keys) => database.getMany(keys),
    batch: (operations, options) => batch(operations, options, () => database.batch(operations, options)),
    iterator: (range) => database.iterator(range),
    open: (options) => database.open(options),
    close: () => database.close(),
  };
}

/** Every key and value. */
export async function* eachEntry(database: Database): AsyncGenerator<[string, string]> {
  const cursor = database.iterator({ gt: '', lt: '\uffff' });
  for (let slice = await cursor.nextv(1000); slice.length > 0; slice = await cursor.nextv(1000)) yield* slice;
  await cursor.close();
}
