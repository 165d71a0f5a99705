import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { StorageDamage } from '../schema/storage-damage.ts';
import { copyDirectory, holdsFiles, storeDirectories } from './safety-copy.ts';
import type { SealedHeadRead } from './sealed-head.ts';
import { damageReport, examineCopy, type Remains, type Witnesses } from './store-examination.ts';
import { bestRepair } from './store-repair.ts';

/** What a check of a database came to. */
export type StoreCheck =
  | { kind: 'none' }
  /** `unproved`: why nothing outside the database shows that it is whole; null: something does. */
  | { kind: 'sound'; entries: number; revision: number; unproved: string | null }
  /** `repairable`: the next start will repair it, and nothing is missing then. */
  | { kind: 'damaged'; damage: StorageDamage; repairable: boolean };

/**
 * Reads all of the database of a daemon that does not run, and tries what a repair would make of it: on copies, so that nothing that is there
 * is changed. Throws `state_dir_unusable` for what is no damage.
 */
export async function checkStore(
  stateDir: string,
  clock: Clock,
  sealed: SealedHeadRead,
  knownAtDoors: Witnesses['knownAtDoors'],
): Promise<StoreCheck> {
  const places = storeDirectories(stateDir);
  const witnesses: Witnesses = { sealed, doors: null, knownAtDoors };
  if (!(await holdsFiles(places.database))) {
    return sealed.kind === 'absent' ? { kind: 'none' } : gone(witnesses, clock);
  }
  const copy = join(stateDir, 'database.check');
  try {
    await copyDirectory(places.database, copy);
    const seen = await examineCopy(copy, clock, witnesses);
    const { faults, plan, unproved } = seen;
    if (faults.length === 0) {
      const revision = plan?.scan.head?.revision ?? 0;
      return { kind: 'sound', entries: plan?.scan.entries ?? 0, revision, unproved };
    }
    const best = await bestRepair([places.found, places.database], copy, clock, witnesses);
    const left = best?.remains ?? seen;
    return {
      kind: 'damaged',
      damage: damageReport(faults, left, sealed, new Date(clock.wall())),
      repairable: left.faults.length === 0,
    };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function gone(witnesses: Witnesses, clock: Clock): Promise<StoreCheck> {
  const faults = ['the database is gone'];
  const missing = await witnesses.knownAtDoors();
  const left: Remains = { faults, plan: null, unproved: null, missing };
  const damage = damageReport(faults, left, witnesses.sealed, new Date(clock.wall()));
  return { kind: 'damaged', damage, repairable: false };
}
