import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLevel } from 'memory-level';
import { expect, test } from 'vitest';
import { openLevel } from '../../src/store/open-level.ts';
import { storeContract, userRecord } from '../contract/store.ts';
import { openStore } from '../support/open-store.ts';
import { virtualClock } from '../support/virtual-clock.ts';

storeContract('memory-level', async () => {
  const database = new MemoryLevel<string, string>();
  return {
    open: async () => {
      await database.open();
      return database;
    },
    dispose: () => database.close(),
  };
});

storeContract('level', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postern-store-'));
  return {
    open: () => openLevel(join(directory, 'db'), virtualClock()),
    dispose: () => rm(directory, { recursive: true }),
  };
});

test('loading from disk leaves the loop free between slices', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postern-load-'));
  const store = await openStore(await openLevel(join(directory, 'db'), virtualClock()), () => 'id');
  const users = Array.from({ length: 1000 }, (_, n) => userRecord(n));
  await store.commit({
    changes: users.map((after) => ({ kind: 'user', id: after.id, before: null, after })),
    feed: [],
  });
  let turns = 0;
  let loading = true;
  const count = (): void => {
    turns += 1;
    if (loading) setImmediate(count);
  };
  setImmediate(count);
  const loaded: string[] = [];
  await store.load(({ id }) => loaded.push(id));
  loading = false;
  expect(loaded).toEqual(users.map(({ id }) => id));
  expect(turns).toBeGreaterThan(2);
  await store.close();
  await rm(directory, { recursive: true });
});
