import type { Store } from '../../src/schema/storage.ts';
import type { Database } from '../../src/store/database.ts';
import { begin, soundDatabase, storeOn } from '../../src/store/level-store.ts';
import { migrationPlan } from '../../src/store/migration.ts';
import { damaged } from '../../src/store/record-codec.ts';
import type { HeadKeeper } from '../../src/store/sealed-head.ts';
import { scanDatabase } from '../../src/store/store-scan.ts';
import { faultText, verdictOn } from '../../src/store/verdict.ts';

/**
 * The store on an open database, which it owns from now on, without a head outside. An empty database becomes a store named by
 * `newId()`, an older one one of today's format. Throws `storage_damaged` when what the last commit counted is not there.
 * @param mayOpen whether a database that has failed to write may be opened again now
 */
export async function openStore(
  database: Database,
  newId: () => string,
  mayOpen?: () => Promise<boolean>,
): Promise<Store> {
  const found = await scanDatabase(database);
  const around = { keeper: noKeeper, ...(mayOpen === undefined ? {} : { mayOpen }) };
  if (found.entries === 0) return storeOn(database, await begin(database, newId()), around);
  const { batches, scan } = migrationPlan(found);
  const verdict = verdictOn(scan, { kind: 'absent', why: '' }, null);
  if (verdict.kind === 'damaged') throw damaged(verdict.faults.map(faultText).join('; '));
  for (const batch of batches) await database.batch([...batch], { sync: true });
  return storeOn(database, soundDatabase(scan), around);
}

/** Keeps no head outside the database. */
const noKeeper: HeadKeeper = {
  committed: () => {},
  sealed: () => Number.MAX_SAFE_INTEGER,
  close: () => Promise.resolve(),
};
