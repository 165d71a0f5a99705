import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { TableVersion } from '../core/table-row.ts';
import type { RecordName, StorageDamage } from '../schema/storage-damage.ts';
import type { Database } from './database.ts';
import { type MigrationPlan, migrationPlan } from './migration.ts';
import { missingRecords } from './missing-records.ts';
import { openFault, openLevel } from './open-level.ts';
import type { SealedHeadRead } from './sealed-head.ts';
import { type Scan, scanDatabase } from './store-scan.ts';
import { differences } from './tally.ts';
import { faultText, verdictOn } from './verdict.ts';

/** What a database is held against. */
export interface Witnesses {
  sealed: SealedHeadRead;
  /** The table the doors go by; null: none, or of no database. */
  doors: TableVersion | null;
  /** Users and credentials of the doors' table; asked when something is missing. */
  knownAtDoors(): Promise<readonly RecordName[]>;
}

export interface Examination {
  /** In words; none: nothing is missing. */
  faults: readonly string[];
  /** Null: it cannot be read. */
  plan: MigrationPlan | null;
  /** Why nothing proves that it is whole; null: something does. */
  unproved: string | null;
}

/** Reads all of an open database. Throws `state_dir_unusable` for one from a newer Postern, and for what is no damage. */
export async function examine(
  directory: string,
  database: Database,
  { sealed, doors }: Witnesses,
): Promise<Examination> {
  let plan: MigrationPlan;
  try {
    plan = migrationPlan(await scanDatabase(database));
  } catch (error) {
    const fault = error instanceof AppError ? error : openFault(directory, error);
    if (fault.code !== 'storage_damaged') throw fault;
    return { faults: [fault.message], plan: null, unproved: null };
  }
  const verdict = verdictOn(plan.scan, sealed, doors);
  if (verdict.kind === 'damaged') return { faults: verdict.faults.map(faultText), plan, unproved: null };
  // One of an older format never had a head outside, and one without commits has nothing to lose.
  const isBeginning = plan.from !== null || plan.scan.head?.revision === 0;
  return { faults: [], plan, unproved: isBeginning ? null : verdict.unproved };
}

/** What is left of a damaged database, with what is known to be missing. */
export interface Remains extends Examination {
  missing: readonly RecordName[];
}

/** Opens, reads and closes the database in a directory, which should be a copy: opening changes it. */
export async function examineCopy(directory: string, clock: Clock, witnesses: Witnesses): Promise<Remains> {
  let database: Database;
  try {
    database = await openLevel(directory, clock);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'storage_damaged') throw error;
    return {
      faults: [error.message],
      plan: null,
      unproved: null,
      missing: await witnesses.knownAtDoors(),
    };
  }
  try {
    const found = await examine(directory, database, witnesses);
    if (found.faults.length === 0) return { ...found, missing: [] };
    const known = await witnesses.knownAtDoors();
    // What cannot be read to its end cannot be gone through for names either.
    return { ...found, missing: found.plan === null ? known : await missingRecords(database, known) };
  } finally {
    await database.close();
  }
}

const maxNames = 1000;

/** What is reported of a damage: the faults of the database as it was found, and what the best of its repairs lacks. */
export function damageReport(
  faults: readonly string[],
  remains: Remains | null,
  sealed: SealedHeadRead,
  now: Date,
): StorageDamage {
  const scan: Scan | null = remains?.plan?.scan ?? null;
  const known = sealed.kind === 'ok' ? sealed.head : null;
  const head = scan?.head ?? null;
  const should = known !== null && known.revision >= (head?.revision ?? 0) ? known : head;
  const missing = remains?.missing ?? [];
  return {
    found_at: now.toISOString(),
    faults,
    kinds: differences(should?.tallies ?? {}, scan?.tallies ?? {}).map(({ group, ...counts }) => ({
      kind: group,
      ...counts,
    })),
    commits: { should: should?.revision ?? 0, found: head?.revision ?? 0 },
    missing: missing.slice(0, maxNames),
    missing_in_all: missing.length,
  };
}
