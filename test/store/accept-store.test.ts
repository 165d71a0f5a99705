import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { StorageDamage } from '../../src/schema/storage-damage.ts';
import { acceptStore } from '../../src/store/accept-store.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import {
  contents,
  copyOf,
  damage,
  databaseFile,
  filledState,
  guarded,
  inLog,
  inTables,
  keys,
  opened,
} from './damaged-state.ts';

let whole: string;
let stateDir: string;
beforeAll(async () => {
  whole = await filledState();
}, 60_000);
afterAll(() => rm(whole, { recursive: true }));
beforeEach(async () => {
  stateDir = await copyOf(whole);
});
afterEach(() => rm(stateDir, { recursive: true }));

const accept = (): Promise<StorageDamage> =>
  acceptStore({
    stateDir,
    headKey: keys.head,
    clock: virtualClock(),
    newId: () => 'the-next-database',
    knownAtDoors: () => Promise.resolve([]),
    holders: [],
    told: ({ faults }) => [
      {
        id: 'told',
        type: 'storage.accepted',
        time: '2026-03-02T09:00:00.000Z',
        resource: 'system/s',
        revision: null,
        data: { faults },
      },
    ],
  });

test('goes on with what is left, under another name and with another epoch of the feed, and keeps what was found', async () => {
  await damage(await databaseFile(stateDir, /\.log$/), 'emptied');
  const before = await contents(join(stateDir, 'database'));
  expect(await accept()).toMatchObject({ commits: { should: inTables + inLog, found: inTables } });
  const found = await guarded(stateDir);
  expect(found).toMatchObject({ kind: 'open', found: { what: 'intact' } });
  if (found.kind !== 'open') return;
  const { store } = found;
  let users = 0;
  await store.load(() => {
    users += 1;
  });
  expect([store.id, users]).toEqual(['the-next-database', inTables]);
  expect(await store.feed(inTables, 10)).toMatchObject([{ type: 'storage.accepted' }]);
  await store.close();
  const [kept = ''] = (await readdir(stateDir)).filter((name) => name.startsWith('database.damaged-'));
  expect(await contents(join(stateDir, kept))).toEqual(before);
});

test('a whole database is not given up', async () => {
  await expect(accept()).rejects.toMatchObject({ code: 'invalid_input' });
  await (await opened(stateDir)).close();
});

test('where nothing can be read there is nothing to go on with', async () => {
  await rm(join(stateDir, 'database'), { recursive: true });
  await expect(accept()).rejects.toMatchObject({ code: 'storage_damaged' });
});
