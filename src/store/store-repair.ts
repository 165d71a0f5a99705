import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { repairLevel } from './open-level.ts';
import {
  copyDirectory,
  holdsFiles,
  replaceDirectory,
  type StoreDirectories,
  syncDirectory,
} from './safety-copy.ts';
import { examineCopy, type Remains, type Witnesses } from './store-examination.ts';

export interface Repair {
  /** The directory whose repaired copy this is. */
  source: string;
  remains: Remains;
}

/**
 * Repairs a copy of each directory until one proves whole, and leaves that in `into`; if none does, says which has most. Null: there
 * is nothing to repair.
 */
export async function bestRepair(
  sources: readonly string[],
  into: string,
  clock: Clock,
  witnesses: Witnesses,
): Promise<Repair | null> {
  let best: Repair | null = null;
  for (const source of sources) {
    if (!(await holdsFiles(source))) continue;
    await repairedCopy(source, into);
    const repair = { source, remains: await examineCopy(into, clock, witnesses) };
    if (repair.remains.faults.length === 0) return repair;
    if (best === null || commitsIn(repair) > commitsIn(best)) best = repair;
  }
  return best;
}

const commitsIn = ({ remains }: Repair): number => remains.plan?.scan.head?.revision ?? -1;

/** Makes `into` a copy of `source`, repaired as far as LevelDB can. */
export async function repairedCopy(source: string, into: string): Promise<void> {
  await copyDirectory(source, into);
  // One it can make nothing of does not open either, which is found out next.
  await repairLevel(into).catch(() => {});
}

/** Puts `better` in place of the database, and keeps the directory as it was found. Resolves with where it is kept. */
export async function putInPlace(places: StoreDirectories, better: string, now: Date): Promise<string> {
  const kept = join(places.state, `database.damaged-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`);
  const found = (await holdsFiles(places.found)) ? places.found : places.database;
  if (await holdsFiles(found)) await rename(found, kept);
  await replaceDirectory(places, better, places.database);
  await syncDirectory(places.state);
  return kept;
}

/** Makes the database what it was before it was opened. */
export async function putBack(places: StoreDirectories): Promise<void> {
  if (await holdsFiles(places.found)) await replaceDirectory(places, places.found, places.database);
}

/** A swap that a crash has cut in two is done to its end: there must be a database. */
export async function finishSwap(places: StoreDirectories): Promise<void> {
  if (await holdsFiles(places.database)) return;
  for (const candidate of [places.found, places.repaired]) {
    if (await holdsFiles(candidate)) return replaceDirectory(places, candidate, places.database);
  }
}
