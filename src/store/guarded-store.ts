import type { KeyObject } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Store } from '../schema/storage.ts';
import type { StorageDamage } from '../schema/storage-damage.ts';
import type { Database } from './database.ts';
import { begin, type StoreSurroundings, soundDatabase, storeOn } from './level-store.ts';
import type { MigrationPlan } from './migration.ts';
import { openLevel } from './open-level.ts';
import {
  copyDirectory,
  discardDirectory,
  holdsFiles,
  replaceDirectory,
  type StoreDirectories,
  storeDirectories,
  syncDirectory,
} from './safety-copy.ts';
import {
  headKeeper,
  readSealedHead,
  type SealedHead,
  type SealedHeadRead,
  writeSealedHead,
} from './sealed-head.ts';
import { damageReport, type Examination, examine, type Witnesses } from './store-examination.ts';
import { bestRepair, finishSwap, putBack, putInPlace } from './store-repair.ts';

export interface GuardParts extends Omit<Witnesses, 'sealed'> {
  stateDir: string;
  /** Seals the head. */
  headKey: KeyObject;
  clock: Clock;
  newId(): string;
  /** Whether a database that has failed to write may be opened again now. */
  mayOpen(): Promise<boolean>;
  /** The sealed head cannot be written; null: it is again. */
  headLags(failure: unknown): void;
}

/** What was found at the start. `kept`: the name of the directory that holds it as it was. */
export type Found =
  | { what: 'intact' }
  | { what: 'migrated'; from: number; kept: string }
  | { what: 'unproved'; why: string }
  | { what: 'repaired'; faults: readonly string[]; kept: string };

export type GuardedStore =
  /** `database`: what the store owns, to be read as a whole. */
  | { kind: 'open'; store: Store; database: Database; found: Found }
  /** Something is missing. The directory is as it was found. */
  | { kind: 'damaged'; damage: StorageDamage };

/**
 * Opens the database of a state directory, reads all of it, and lets it be written only if nothing is missing. A damaged one is repaired as a
 * copy, which takes its place if it proves whole; if not, all stays as it is. Throws `state_dir_unusable` for what is no
 * damage: a full disk, permissions, another process, a newer format.
 */
export async function openGuardedStore(parts: GuardParts): Promise<GuardedStore> {
  const { clock } = parts;
  const places = storeDirectories(parts.stateDir);
  const sealed = await readSealedHead(places.headFile, parts.headKey);
  const witnesses: Witnesses = { ...parts, sealed };
  await finishSwap(places);
  const first = await attempt(parts, places, witnesses);
  if (!('faults' in first)) return first;

  const sources = [places.found, places.database];
  const best = await bestRepair(sources, places.repaired, clock, witnesses);
  const now = new Date(clock.wall());
  if (best === null || best.remains.faults.length > 0) {
    await putBack(places);
    await discardDirectory(places, places.repaired);
    const remains = best?.remains ?? { ...first, missing: await parts.knownAtDoors() };
    return { kind: 'damaged', damage: damageReport(first.faults, remains, sealed, now) };
  }
  const kept = await putInPlace(places, places.repaired, now);
  const second = await attempt(parts, places, witnesses);
  if ('faults' in second) {
    throw new AppError('storage_unavailable', `the repaired database fails: ${second.faults.join('; ')}`);
  }
  return { ...second, found: { what: 'repaired', faults: first.faults, kept: basename(kept) } };
}

async function attempt(
  parts: GuardParts,
  places: StoreDirectories,
  witnesses: Witnesses,
): Promise<Extract<GuardedStore, { kind: 'open' }> | Examination> {
  const isKnown = witnesses.sealed.kind !== 'absent' || witnesses.doors !== null;
  if (isKnown && !(await holdsFiles(places.database))) return unreadable('the database is gone');
  const isCutShort = await holdsFiles(places.found);
  let database: Database;
  try {
    database = await openLevel(places.database, parts.clock, async () => {
      if (!isCutShort) await copyDirectory(places.database, places.found);
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'storage_damaged') {
      if (!isCutShort) await discardDirectory(places, places.found).catch(() => {});
      throw error;
    }
    return unreadable(error.message);
  }
  try {
    const examined = await examine(places.database, database, witnesses);
    const { plan } = examined;
    if (plan?.scan.entries === 0 && !isKnown) return await beginning(parts, places, database);
    if (examined.faults.length === 0 && plan !== null) {
      return await goingOn(parts, places, database, { ...examined, plan }, witnesses.sealed);
    }
    await database.close();
    return examined;
  } catch (error) {
    await database.close();
    if (!isCutShort) await putBack(places);
    throw error;
  }
}

const unreadable = (fault: string): Examination => ({ faults: [fault], plan: null, unproved: null });

async function beginning(parts: GuardParts, places: StoreDirectories, database: Database) {
  const start = await begin(database, parts.newId());
  const head: SealedHead = { id: start.id, ...start.head };
  await writeSealedHead(places.headFile, head, parts.headKey);
  await discardDirectory(places, places.found);
  const store = storeOn(database, start, surroundings(parts, places, head));
  return { kind: 'open' as const, store, database, found: { what: 'intact' as const } };
}

/** Nothing is missing: brings it to today's format if need be, and lets go of the copy that was made for the case. */
async function goingOn(
  parts: GuardParts,
  places: StoreDirectories,
  database: Database,
  { plan, unproved }: Examination & { plan: MigrationPlan },
  sealed: SealedHeadRead,
) {
  const start = soundDatabase(plan.scan);
  let found: Found = unproved === null ? { what: 'intact' } : { what: 'unproved', why: unproved };
  if (plan.from !== null) {
    const kept = `database.format-${plan.from}`;
    await replaceDirectory(places, places.found, join(places.state, kept));
    found = { what: 'migrated', from: plan.from, kept };
  } else await discardDirectory(places, places.found);
  let head = sealed.kind === 'ok' ? sealed.head : null;
  if (head === null) {
    // Before the first batch of a migration, so that one cut short has its witness.
    head = { id: start.id, ...start.head };
    await writeSealedHead(places.headFile, head, parts.headKey);
  }
  for (const batch of plan.batches) await database.batch([...batch], { sync: true });
  const store = storeOn(database, start, surroundings(parts, places, head));
  return { kind: 'open' as const, store, database, found };
}

function surroundings(
  { mayOpen, clock, headKey, headLags }: GuardParts,
  places: StoreDirectories,
  onDisk: SealedHead,
): StoreSurroundings {
  const keeper = headKeeper({
    id: onDisk.id,
    onDisk,
    write: (head) => writeSealedHead(places.headFile, head, headKey),
    clock,
    report: headLags,
  });
  return { mayOpen, synced: () => syncDirectory(places.database), keeper };
}
