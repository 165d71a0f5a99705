import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { MemoryLevel } from 'memory-level';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deriveKeys } from '../../src/door/site-key.ts';
import type { Commit } from '../../src/schema/storage.ts';
import { begin, storeOn } from '../../src/store/level-store.ts';
import { firstHead } from '../../src/store/record-codec.ts';
import {
  headKeeper,
  readSealedHead,
  type SealedHead,
  type SealedHeadRead,
  writeSealedHead,
} from '../../src/store/sealed-head.ts';
import { scanDatabase } from '../../src/store/store-scan.ts';
import { verdictOn } from '../../src/store/verdict.ts';
import { userRecord } from '../contract/store.ts';
import { settled } from '../support/memory-disk.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { added, keys } from './damaged-state.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-head-'));
});
afterEach(() => rm(directory, { recursive: true }));

const head = (revision: number): SealedHead => ({ id: 'db', ...firstHead('db'), revision });

test('comes back as it was written, and under no other key', async () => {
  const path = join(directory, 'store.head');
  expect(await readSealedHead(path, keys.head)).toMatchObject({ kind: 'absent' });
  await writeSealedHead(path, head(7), keys.head);
  expect(await readSealedHead(path, keys.head)).toEqual({ kind: 'ok', head: head(7) });
  const others = deriveKeys(createHash('sha256').update('another site').digest());
  expect(await readSealedHead(path, others.head)).toMatchObject({ kind: 'damaged' });
});

test('is written at most once a second, with the newest; a failure is told once and repeated', async () => {
  const clock = virtualClock();
  const written: number[] = [];
  const told: unknown[] = [];
  let failing = false;
  const keeper = headKeeper({
    id: 'db',
    onDisk: null,
    async write({ revision }) {
      if (failing) throw new Error('no space left');
      written.push(revision);
    },
    clock,
    report: (failure) => told.push(failure),
  });
  const second = async () => {
    clock.advance(1_000);
    await settled();
  };
  for (let revision = 1; revision <= 50; revision++) keeper.committed(head(revision));
  expect([written, keeper.sealed()]).toEqual([[], -1]);
  await second();
  expect([written, keeper.sealed()]).toEqual([[50], 50]);
  failing = true;
  keeper.committed(head(51));
  await second();
  await second();
  expect([keeper.sealed(), told.length]).toEqual([50, 1]);
  failing = false;
  await second();
  expect([written, told.at(-1)]).toEqual([[50, 51], null]);
  keeper.committed(head(52));
  await keeper.close();
  expect(written.at(-1)).toBe(52);
});

test('that lags behind the database at a start is brought up without another commit', async () => {
  const database = new MemoryLevel<string, string>();
  await database.open();
  const told: number[] = [];
  const keeper = (sealed: number) => ({
    committed: ({ revision }: { revision: number }) => void told.push(revision),
    sealed: () => sealed,
    close: () => Promise.resolve(),
  });
  const start = await begin(database, 'db');
  const lagging = { ...start, head: { ...start.head, revision: 3 } };
  storeOn(database, lagging, { keeper: keeper(3) });
  expect(told).toEqual([]);
  storeOn(database, lagging, { keeper: keeper(2) });
  expect(told).toEqual([3]);
  await database.close();
});

/** A history of commits on a few users, with trims, marks, journal places and answers in between. */
const history = fc.array(
  fc.record({
    user: fc.integer({ min: 1, max: 5 }),
    remove: fc.boolean(),
    feed: fc.integer({ min: 0, max: 3 }),
    trim: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    together: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

test('whatever is committed, a reading of the whole database finds what the head counts, and the chain holds every earlier head', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const database = new MemoryLevel<string, string>();
      await database.open();
      const heads: SealedHead[] = [];
      const keeper = {
        committed: (now: Omit<SealedHead, 'id'>) => void heads.push({ id: 'db', ...now }),
        sealed: () => 0,
        close: () => Promise.resolve(),
      };
      const store = storeOn(database, await begin(database, 'db'), { keeper });
      const present = new Set<number>();
      const waiting: Promise<unknown>[] = [];
      for (const { user, remove, feed, trim, together } of steps) {
        const record = userRecord(user);
        const gone = remove && present.has(user);
        const before = present.has(user) ? record : null;
        if (gone) present.delete(user);
        else present.add(user);
        const commit: Commit = {
          changes: [{ kind: 'user', id: record.id, before, after: gone ? null : record }],
          feed: Array.from({ length: feed }, () => added(user).feed).flat(),
          journal: { journal_id: 'j', seq: user },
          idempotency: {
            key: `k${user}`,
            answer: { request: 'r', status: 200, body: null, at: user * 13 * 3600 * 1000 },
          },
          ...(trim === undefined ? {} : { trim }),
        };
        waiting.push(store.commit(commit));
        if (!together) await Promise.all(waiting.splice(0));
      }
      await Promise.all(waiting);
      expect(heads.at(-1)?.revision).toBe(steps.length);
      const scan = await scanDatabase(database);
      for (const sealed of heads) {
        const read: SealedHeadRead = { kind: 'ok', head: sealed };
        expect(verdictOn(scan, read, null)).toEqual({ kind: 'sound', unproved: null });
      }
      const last = { id: 'db', ...(scan.head ?? firstHead('db')) };
      const ahead: SealedHeadRead = { kind: 'ok', head: { ...last, revision: last.revision + 1 } };
      const other: SealedHeadRead = { kind: 'ok', head: { ...last, chain: 'of another history' } };
      expect(verdictOn(scan, ahead, null).kind).toBe('damaged');
      expect(verdictOn(scan, other, null).kind).toBe('damaged');
      await store.close();
    }),
    { numRuns: 60 },
  );
});
