import { MemoryLevel } from 'memory-level';
import type { Store } from '../../../src/schema/storage.ts';
import type { BackupHead } from '../../../src/store/backup/content.ts';
import { type Database, entries } from '../../../src/store/database.ts';
import { wholeRange } from '../../../src/store/store-key.ts';
import { userRecord } from '../../contract/store.ts';
import { openStore } from '../../support/open-store.ts';

export const aBackupHead: BackupHead = {
  format: 1,
  version: '1.2.3',
  site_id: 'site',
  site_name: 'Old mill',
  store_id: 'the-store',
  made_at: '2026-03-02T09:00:00.000Z',
  keys: { site: 'ab'.repeat(32), readers: null },
};

export const entriesOf = (database: Database): AsyncGenerator<[string, string]> =>
  entries(database, wholeRange);

/** A store in memory that holds so many users; `write` adds one after `count` calls. */
export async function filledStore(
  count: number,
): Promise<{ database: Database; store: Store; write(each: number): Promise<void> }> {
  const database = new MemoryLevel<string, string>();
  await database.open();
  const store = await openStore(database, () => 'the-store');
  let users = 0;
  let calls = 0;
  const add = async (): Promise<void> => {
    users += 1;
    const after = userRecord(users);
    const { id, created_at: time } = after;
    const entry = {
      id: `e${users}`,
      type: 'user.created',
      time,
      resource: `user/${id}`,
      revision: 1,
      data: {},
    };
    await store.commit({ changes: [{ kind: 'user', id, before: null, after }], feed: [entry] });
  };
  await Promise.all(Array.from({ length: count }, add));
  return {
    database,
    store,
    async write(each) {
      calls += 1;
      if (calls % each === 0) await add();
    },
  };
}
