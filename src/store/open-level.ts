import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { Level } from 'level';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Database } from './database.ts';
import { syncDirectory } from './safety-copy.ts';

/** How long a database that another process holds is tried again: an old admin process may still be going. */
const lockedMs = 5_000;
const retryMs = 100;

/**
 * Opens the LevelDB in `directory` (absolute). A new one is made only where the directory does not exist or is empty:
 * LevelDB, left to itself, makes an empty database in place of one whose files it misses. Throws `state_dir_unusable`
 * with path, cause and remedy, and `storage_damaged` where its own files are the cause.
 * @param before called right before each attempt at one that is there: opening it may be the end of what LevelDB cannot read
 * @param sync LevelDB renames CURRENT when it opens and does not sync the directory: without it, what is written next could be in a log that after
 * a power cut nothing names
 */
export async function openLevel(
  directory: string,
  clock: Clock,
  before: () => Promise<void> = () => Promise.resolve(),
  sync: (directory: string) => Promise<void> = syncDirectory,
): Promise<Database> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const isNew = (await readdir(directory)).length === 0;
    const database = await openUnlocked(directory, isNew, clock, before);
    await sync(directory).catch(async (cause: unknown) => {
      await database.close();
      throw new AppError('state_dir_unusable', `${directory} cannot be synced: ${reason(cause)}`, { cause });
    });
    return database;
  } catch (error) {
    throw error instanceof AppError ? error : openFault(directory, error);
  }
}

async function openUnlocked(
  directory: string,
  isNew: boolean,
  clock: Clock,
  before: () => Promise<void>,
): Promise<Database> {
  const deadline = clock.mono() + lockedMs;
  for (;;) {
    if (!isNew) await before();
    // From here on it opens by itself.
    const database = new Level<string, string>(directory, { createIfMissing: isNew });
    try {
      await database.open();
      return levelDatabase(database);
    } catch (error) {
      if (codeOf(error) !== 'LEVEL_LOCKED' || clock.mono() >= deadline) throw error;
    }
    await new Promise<void>((resolve) => {
      clock.after(retryMs, resolve);
    });
  }
}

/**
 * An open LevelDB as a database. Batches are written as chained ones: in the array form LevelDB's binding copies every operation with all
 * its options and reads them back by name, which costs as much time as all else that a commit does.
 */
function levelDatabase(level: Level<string, string>): Database {
  return {
    get: (key) => level.get(key),
    getMany: (keys) => level.getMany(keys),
    async batch(operations, { sync }) {
      const batch = level.batch();
      for (const operation of operations) {
        if (operation.type === 'put') batch.put(operation.key, operation.value);
        else batch.del(operation.key);
      }
      await batch.write({ sync });
    },
    iterator: (range) => level.iterator(range),
    open: (options) => level.open(options),
    close: () => level.close(),
  };
}

/** LevelDB mends what it can of the files in `directory`, and rejects when it can make nothing of them. */
export function repairLevel(directory: string): Promise<void> {
  // The types of `level` are those of a browser's database too, which has no such thing.
  return (Level as unknown as { repair(location: string): Promise<void> }).repair(directory);
}

/** The error for a database that does not open or cannot be read: where, why, and what to do. */
export function openFault(directory: string, cause: unknown): AppError {
  const remedy = remedyOf(cause);
  if (remedy !== null) return new AppError('state_dir_unusable', `${directory} ${remedy}`, { cause });
  return new AppError(
    'storage_damaged',
    `${directory} does not open as a database: ${reason(cause)}. If it belongs to something else, set state_dir to an empty directory`,
    { cause },
  );
}

/** What to do where not the files of the database are the cause; null: they are. */
function remedyOf(cause: unknown): string | null {
  switch (codeOf(cause)) {
    case 'LEVEL_LOCKED':
      return 'is open in another process: stop the other Postern, or give this site a state_dir of its own';
    case 'EACCES':
    case 'EPERM':
      return 'may not be written by this user: change its owner to the user Postern runs as';
    case 'EROFS':
      return 'is on a read-only file system: mount it writable, or set state_dir to a place that is';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'is on a full file system: make room';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'is not a directory, or lies under a file: set state_dir to a directory';
    case 'LEVEL_IO_ERROR':
      return ioRemedy(reason(cause));
    default:
      return null;
  }
}

/** LevelDB gives the words of strerror(3) for what the system refused. */
function ioRemedy(said: string): string | null {
  if (said.includes('No space left') || said.includes('quota')) return remedyOf({ code: 'ENOSPC' });
  if (said.includes('Read-only')) return remedyOf({ code: 'EROFS' });
  if (said.includes('Permission denied')) return remedyOf({ code: 'EACCES' });
  if (said.includes('Too many open files') || said.includes('Cannot allocate memory')) {
    return 'cannot be opened now: the computer is out of memory or open files';
  }
  return null;
}

const codeOf = (error: unknown): string | undefined => {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException;
  return (cause === undefined ? undefined : codeOf(cause)) ?? code;
};

const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
