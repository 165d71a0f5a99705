import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../core/error.ts';
import { restoredDevices } from '../core/restored-devices.ts';
import type { SlotHolder } from '../core/slot-holder.ts';
import type { FeedEntry } from '../schema/storage.ts';
import type { StorageDamage } from '../schema/storage-damage.ts';
import { restoreStore } from './backup/restored-store.ts';
import type { GuardParts } from './guarded-store.ts';
import { openLevel } from './open-level.ts';
import { storeDirectories, syncDirectory } from './safety-copy.ts';
import { readSealedHead } from './sealed-head.ts';
import { damageReport } from './store-examination.ts';
import { contentOf, devicesIn, ownersIn } from './store-remains.ts';
import { bestRepair, putInPlace } from './store-repair.ts';

export interface AcceptParts
  extends Pick<GuardParts, 'stateDir' | 'headKey' | 'clock' | 'knownAtDoors' | 'newId'> {
  holders: readonly SlotHolder[];
  /** Told at the end of the feed, of what is given up. */
  told(damage: StorageDamage): readonly Omit<FeedEntry, 'seq'>[];
}

/**
 * Makes a new database of what can still be read of a damaged one, which must not be open: with an epoch of the feed of its own, and with every
 * slot of a device to be looked at before anything is sent there. Codes and access of people who are missing go with them. The damaged
 * one is kept beside it.
 * Throws `storage_damaged` where nothing can be read, `invalid_input` where nothing is missing.
 */
export async function acceptStore(parts: AcceptParts): Promise<StorageDamage> {
  const { clock, headKey, newId } = parts;
  const places = storeDirectories(parts.stateDir);
  const sealed = await readSealedHead(places.headFile, headKey);
  const witnesses = { sealed, doors: null, knownAtDoors: parts.knownAtDoors };
  const best = await bestRepair([places.database], places.repaired, clock, witnesses);
  if (best === null || best.remains.plan === null) {
    throw new AppError(
      'storage_damaged',
      'nothing of the database can be read: go back to a backup with postern restore',
    );
  }
  const { faults } = best.remains;
  if (faults.length === 0) {
    throw new AppError('invalid_input', 'nothing is missing in the database: start the daemon');
  }
  const now = new Date(clock.wall());
  const damage = damageReport(faults, best.remains, sealed, now);
  const directory = join(places.state, 'database.accepted');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  const left = await openLevel(places.repaired, clock);
  try {
    const owners = await ownersIn(left);
    const { known, owned } = await devicesIn(left, owners);
    // What is in a device for somebody who is missing is taken out of it, as after a restore.
    const given = { holders: parts.holders, now: clock.wall(), newId };
    const devices = restoredDevices(owned, known, given);
    const told = parts.told(damage);
    await restoreStore({ directory, headKey, clock, id: newId(), devices, told }, contentOf(left, owners));
  } finally {
    await left.close();
  }
  // The head first: until the database has followed, the two do not fit, which is damage again and no loss.
  await rename(join(directory, 'store.head'), places.headFile);
  await syncDirectory(places.state);
  await putInPlace(places, join(directory, 'database'), now);
  await rm(directory, { recursive: true, force: true });
  await rm(places.repaired, { recursive: true, force: true });
  return damage;
}
