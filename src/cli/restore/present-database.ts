import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { type Database, entries } from '../../store/database.ts';
import { openLevel } from '../../store/open-level.ts';
import { copyDirectory, holdsFiles, storeDirectories } from '../../store/safety-copy.ts';
import { wholeRange } from '../../store/store-key.ts';
import type { AdminClient } from '../admin-client.ts';
import { databaseOf } from '../database-dump.ts';
import { type RecordSet, recordSet } from './record-set.ts';

/** What a controller has now. `unreadable`: something is there, and nobody can say what. */
export type PresentDatabase =
  | { kind: 'none' }
  | { kind: 'read'; records: RecordSet }
  | { kind: 'unreadable'; why: string };

/** Reads the database of a daemon that does not run: a copy of it, so that a damaged one stays as it is. */
export async function presentDatabase(stateDir: string, clock: Clock): Promise<PresentDatabase> {
  const { database } = storeDirectories(stateDir);
  if (!(await holdsFiles(database))) return { kind: 'none' };
  const copy = join(stateDir, 'restore.present');
  let opened: Database | null = null;
  try {
    await copyDirectory(database, copy);
    opened = await openLevel(copy, clock);
    const records = recordSet();
    for await (const entry of entries(opened, wholeRange)) records.take([entry]);
    return records.unreadable === 0
      ? { kind: 'read', records }
      : { kind: 'unreadable', why: `${records.unreadable} of its records are damaged` };
  } catch (error) {
    return { kind: 'unreadable', why: error instanceof Error ? error.message : String(error) };
  } finally {
    await opened?.close();
    await rm(copy, { recursive: true, force: true });
  }
}

/** Asks a daemon that runs. */
export async function runningDatabase(client: AdminClient): Promise<PresentDatabase> {
  const records = recordSet();
  const dump = await databaseOf(client);
  for await (const entry of dump.entries) records.take([entry]);
  return { kind: 'read', records };
}
