import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { Level } from 'level';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Database } from './database.ts';

/** How long a database that another process holds is tried again: an old admin process may still be going. */
const lockedMs = 5_000;
const retryMs = 100;

/**
 * Opens the LevelDB in `directory` (absolute). A new one is made only where the directory does not exist or is empty:
 * LevelDB, left to itself, makes an empty database in place of one whose files it misses. Throws `state_dir_unusable`
 * with path, cause and remedy.
 */
export async function openLevel(directory: string, clock: Clock): Promise<Database> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const isNew = (await readdir(directory)).length === 0;
    return await openUnlocked(directory, isNew, clock);
  } catch (error) {
    throw openFault(directory, error);
  }
}

async function openUnlocked(directory: string, isNew: boolean, clock: Clock): Promise<Database> {
  const deadline = clock.mono() + lockedMs;
  for (;;) {
    const database = new Level<string, string>(directory, { createIfMissing: isNew });
    try {
      await database.open();
      return database;
    } catch (error) {
      if (codeOf(error) !== 'LEVEL_LOCKED' || clock.mono() >= deadline) throw error;
    }
    await new Promise<void>((resolve) => {
      clock.after(retryMs, resolve);
    });
  }
}

/** The error for a database that does not open: where, why, and what to do. */
export function openFault(directory: string, cause: unknown): AppError {
  return new AppError('state_dir_unusable', `${directory} ${remedy(cause)}`, { cause });
}

function remedy(cause: unknown): string {
  switch (codeOf(cause)) {
    case 'LEVEL_LOCKED':
      return 'is open in another process: stop the other Postern, or give this site a state_dir of its own';
    case 'EACCES':
    case 'EPERM':
      return 'may not be written by this user: change its owner to the user Postern runs as';
    case 'EROFS':
      return 'is on a read-only file system: mount it writable, or set state_dir to a place that is';
    case 'ENOSPC':
      return 'is on a full file system: make room';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'is not a directory, or lies under a file: set state_dir to a directory';
    default:
      return `does not open as a database: ${reason(cause)}. If files of it are missing or damaged, restore the last backup; if it belongs to something else, set state_dir to an empty directory`;
  }
}

const codeOf = (error: unknown): string | undefined => {
  const { code, cause } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return (cause === undefined ? undefined : codeOf(cause)) ?? code;
};

const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
