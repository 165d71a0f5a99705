import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Configure } from './admin/door-link.ts';
import type { Clock } from './core/clock.ts';
import { noCommit } from './core/table-row.ts';
import { uuidV7 } from './core/uuid.ts';
import { readSealedTable } from './door/sealed-table.ts';
import type { SiteKeys } from './door/site-key.ts';
import type { FeedEntry } from './schema/storage.ts';
import type { RecordName } from './schema/storage-damage.ts';
import { diskTrial } from './store/disk-trial.ts';
import type { Found, GuardParts } from './store/guarded-store.ts';
import { removeOldCopies } from './store/old-copies.ts';

/** What guards the database of a site: its key, and what else knows how far it had got. */
export function storageGuard(
  { site, table }: Pick<Configure, 'site' | 'table'>,
  keys: Pick<SiteKeys, 'head' | 'snapshot'>,
  clock: Clock,
  log: Logger,
): GuardParts {
  return {
    stateDir: site.state_dir,
    headKey: keys.head,
    clock,
    newId: () => uuidV7(clock.wall(), randomBytes(10)),
    doors: table === null || table.table_id === noCommit.table_id ? null : table,
    mayOpen: diskTrial(join(site.state_dir, 'database.trial'), clock),
    knownAtDoors: () => knownAtDoors(site, keys),
    headLags(failure) {
      if (failure === null) log.info('store.head is written again');
      else log.error({ err: failure }, 'store.head cannot be written: a loss could go unnoticed');
    },
  };
}

/** Users and credentials of the sealed table: what the database held when it was written. */
export async function knownAtDoors(
  site: Pick<Configure['site'], 'id' | 'state_dir' | 'doors'>,
  keys: Pick<SiteKeys, 'snapshot'>,
): Promise<RecordName[]> {
  const expected = { siteId: site.id, doorIds: site.doors.map(({ id }) => id) };
  const sealed = await readSealedTable(
    join(site.state_dir, 'table.sealed'),
    expected,
    keys.snapshot,
    nextTurn,
  );
  if (sealed.kind !== 'ok') return [];
  return [...sealed.table.users.values()].flatMap(({ row }) => [
    { kind: 'user', id: row.id },
    ...row.credentials.map(({ id }) => ({ kind: 'credential', id })),
  ]);
}

/** Tells what was found at the start, where it is worth telling: in the log, and as an entry for the feed. */
export function tellFound(found: Found, log: Logger): Pick<FeedEntry, 'type' | 'data'> | null {
  switch (found.what) {
    case 'intact':
      return null;
    case 'migrated':
      log.info({ from: found.from, kept: found.kept }, 'the database is of a newer format now');
      return null;
    case 'unproved':
      log.warn({ why: found.why }, 'the database looks whole, but nothing outside proves it');
      return { type: 'storage.unproved', data: { why: found.why } };
    case 'repaired':
      log.warn(
        { faults: found.faults, kept: found.kept },
        'the database was damaged and is repaired; nothing is missing',
      );
      return { type: 'storage.repaired', data: { faults: found.faults, kept: found.kept } };
  }
}

/** Lets go of old copies of the database after a start at which nothing was missing. */
export async function tidyCopies(found: Found, stateDir: string, clock: Clock, log: Logger): Promise<void> {
  if (found.what !== 'intact') return;
  try {
    const removed = await removeOldCopies(stateDir, clock.wall());
    if (removed.length > 0) log.info({ removed }, 'old copies of the database are removed');
  } catch (error) {
    log.warn({ err: error }, 'an old copy of the database cannot be removed');
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
