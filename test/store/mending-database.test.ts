import { MemoryLevel } from 'memory-level';
import { expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { spied, userRecord } from '../contract/store.ts';
import { openStore } from '../support/open-store.ts';

/** A store on a disk that can refuse writes, before or after they have reached the log, and whose time to be opened again can be not yet. */
async function failing() {
  const memory = new MemoryLevel<string, string>();
  const disk = { refuses: false, writesAll: false, opens: true, reads: true, tries: 0 };
  /** What LevelDB has put into its log without a sync: its handle does not show it, and the next one finds it. */
  let inLog: (() => Promise<void>) | null = null;
  const database: Database = spied(memory, async (_operations, _options, write) => {
    if (!disk.refuses) return write();
    inLog = disk.writesAll ? write : null;
    throw new Error('no space left on device');
  });
  database.get = (key) =>
    disk.reads ? memory.get(key) : Promise.reject(new Error('the disk cannot be read'));
  database.open = async (options) => {
    await memory.open(options);
    await inLog?.();
    inLog = null;
  };
  const store = await openStore(
    database,
    () => 'id',
    async () => {
      disk.tries += 1;
      return disk.opens;
    },
  );
  const commit = (n: number) =>
    store.commit({
      changes: [{ kind: 'user', id: userRecord(n).id, before: null, after: userRecord(n) }],
      feed: [],
    });
  const users = async (): Promise<string[]> => {
    const found: string[] = [];
    await store.load(({ id }) => found.push(id));
    return found;
  };
  return { disk, store, commit, users };
}
const unavailable = { code: 'storage_unavailable' };
/** Whoever waited has been told of the failure. */
const told = () => new Promise((resolve) => setImmediate(resolve));

test('while the disk takes no writes they are refused and reads go on; then it goes on where it was', async () => {
  const { disk, store, commit, users } = await failing();
  await commit(1);
  disk.refuses = true;
  disk.opens = false;
  await expect(commit(2)).rejects.toMatchObject(unavailable);
  await told();
  await expect(commit(3)).rejects.toMatchObject(unavailable);
  expect([store.refusing(), await users()]).toEqual([true, [userRecord(1).id]]);
  await told();
  disk.refuses = false;
  disk.opens = true;
  expect(await commit(4)).toEqual({ revision: 2, feed_seq: 0 });
  expect([store.refusing(), await users()]).toEqual([false, [userRecord(1).id, userRecord(4).id]]);
});

test('where nobody knows what there was before, what was refused and is there all the same stops all writing', async () => {
  const { disk, store, commit } = await failing();
  await commit(1);
  Object.assign(disk, { refuses: true, writesAll: true, opens: false, reads: false });
  await expect(commit(2)).rejects.toMatchObject(unavailable);
  await told();
  Object.assign(disk, { refuses: false, opens: true, reads: true });
  for (const n of [3, 4]) {
    await expect(commit(n)).rejects.toThrow('must start again to see it');
    await told();
  }
  expect(store.refusing()).toBe(true);
});

test('what was refused and has reached the disk all the same is taken back before anything else is written', async () => {
  const { disk, commit, users } = await failing();
  await commit(1);
  disk.refuses = true;
  disk.writesAll = true;
  disk.opens = false;
  await expect(commit(2)).rejects.toMatchObject(unavailable);
  await told();
  disk.refuses = false;
  disk.opens = true;
  expect(await commit(3)).toEqual({ revision: 2, feed_seq: 0 });
  expect(await users()).toEqual([userRecord(1).id, userRecord(3).id]);
});
