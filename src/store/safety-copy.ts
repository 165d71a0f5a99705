import * as nodeFiles from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Copies of a database's directory by hard links. LevelDB writes no file twice but its log, and deletes what it does not need: links hold
 * all of it as it is now, and cost neither time nor space.
 */

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type CopyFiles = Pick<
  typeof nodeFiles,
  'mkdir' | 'readdir' | 'link' | 'copyFile' | 'rename' | 'rm' | 'open'
>;

/** The directories of a database beside each other. */
export interface StoreDirectories {
  state: string;
  /** In use. */
  database: string;
  /** As `database` was found, until it is known that nothing is missing. */
  found: string;
  /** A repaired copy, not yet known to be better. */
  repaired: string;
  /** Of no use any more. */
  discarded: string;
  /** The sealed head. */
  headFile: string;
}

export function storeDirectories(stateDir: string): StoreDirectories {
  return {
    state: stateDir,
    database: join(stateDir, 'database'),
    found: join(stateDir, 'database.found'),
    repaired: join(stateDir, 'database.repaired'),
    discarded: join(stateDir, 'database.discarded'),
    headFile: join(stateDir, 'store.head'),
  };
}

/** Files that LevelDB makes for itself, and that say nothing of the data. */
const notData = new Set(['LOCK', 'LOG', 'LOG.old']);

/** Makes `to` a copy of `from`, in place of what was there. */
export async function copyDirectory(from: string, to: string, files: CopyFiles = nodeFiles): Promise<void> {
  await files.rm(to, { recursive: true, force: true });
  const unfinished = `${to}.unfinished`;
  await files.rm(unfinished, { recursive: true, force: true });
  await files.mkdir(unfinished, { mode: 0o700 });
  for (const name of await files.readdir(from)) {
    if (notData.has(name) || name === 'lost') continue;
    const [source, target] = [join(from, name), join(unfinished, name)];
    // A file system without hard links: then it costs what it costs.
    await files.link(source, target).catch(() => files.copyFile(source, target));
  }
  await syncDirectory(unfinished, files);
  await files.rename(unfinished, to);
  await syncDirectory(dirname(to), files);
}

/** Whether there is a directory with something in it. */
export async function holdsFiles(directory: string, files: CopyFiles = nodeFiles): Promise<boolean> {
  const names = await files.readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.length > 0;
}

/** Renames a directory, durably; one that is in the way goes, but not before `from` has taken its place. */
export async function replaceDirectory(
  { state, discarded }: StoreDirectories,
  from: string,
  to: string,
  files: CopyFiles = nodeFiles,
): Promise<void> {
  await files.rm(discarded, { recursive: true, force: true });
  await renamed(to, discarded, files);
  await files.rename(from, to);
  await syncDirectory(state, files);
  await files.rm(discarded, { recursive: true, force: true });
}

/** Removes a directory, if there is one, at once and for good: never half of it is found, nor all of it after a power cut. */
export async function discardDirectory(
  { state, discarded }: StoreDirectories,
  directory: string,
  files: CopyFiles = nodeFiles,
): Promise<void> {
  await files.rm(discarded, { recursive: true, force: true });
  await renamed(directory, discarded, files);
  await syncDirectory(state, files);
  await files.rm(discarded, { recursive: true, force: true });
}

async function renamed(from: string, to: string, files: CopyFiles): Promise<void> {
  await files.rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

export async function syncDirectory(directory: string, files: CopyFiles = nodeFiles): Promise<void> {
  const opened = await files.open(directory, 'r');
  await opened.sync().finally(() => opened.close());
}
