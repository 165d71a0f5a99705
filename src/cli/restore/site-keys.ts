import { link, mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../core/error.ts';
import type { Site } from '../../core/site.ts';
import { readerKeysPath } from '../../door/reader-keys.ts';
import { readKeyBytes } from '../../door/site-key.ts';
import type { BackupHead } from '../../store/backup/content.ts';
import { syncDirectory } from '../../store/safety-copy.ts';

/** How a key of the backup stands to the one that is here. */
export type KeyState = 'missing' | 'same' | 'different';
export interface KeyStates {
  site: KeyState;
  /** Null: the backup has none. */
  readers: KeyState | null;
}

/** Compares the keys of a backup with those of the controller. Throws `key_file_invalid` for a site key that is there and none. */
export async function keyStates(
  { keys }: BackupHead,
  site: Pick<Site, 'key_file' | 'state_dir'>,
): Promise<KeyStates> {
  const here = await readKeyBytes(site.key_file).catch((error: unknown) => {
    if (error instanceof AppError && codeOf(error.cause) === 'ENOENT') return null;
    throw error;
  });
  const readers = await readFile(readerKeysPath(site.state_dir)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  const compare = (mine: Uint8Array | null, theirs: Buffer): KeyState =>
    mine === null ? 'missing' : theirs.equals(mine) ? 'same' : 'different';
  return {
    site: compare(here, Buffer.from(keys.site, 'hex')),
    readers: keys.readers === null ? null : compare(readers, Buffer.from(keys.readers, 'base64')),
  };
}

/**
 * Puts the keys of a backup where they belong (0600), synced. A site key that is another is kept beside the new one. Keys of readers
 * that are there stay, for they may be newer than the backup, unless they are sealed under a site key that goes.
 * @param aside what the name of a file that is kept ends in
 * @returns files that were written
 */
export async function putKeys(
  { keys }: BackupHead,
  states: KeyStates,
  site: Pick<Site, 'key_file' | 'state_dir'>,
  aside: string,
): Promise<string[]> {
  const written: string[] = [];
  const put = async (path: string, bytes: Uint8Array | string, state: KeyState): Promise<void> => {
    if (state === 'same') return;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (state === 'different') await rename(path, `${path}.${aside}`);
    await makeFile(path, bytes);
    written.push(path);
  };
  await put(site.key_file, `${keys.site}\n`, states.site);
  const stays = states.readers === 'different' && states.site === 'same';
  if (keys.readers !== null && states.readers !== null && !stays) {
    await put(readerKeysPath(site.state_dir), Buffer.from(keys.readers, 'base64'), states.readers);
  }
  return written;
}

/** Written whole and synced under another name, then linked: never half there, and never over a file that is, or through a link. */
async function makeFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(unfinished, path);
  } finally {
    await unlink(unfinished);
  }
  await syncDirectory(dirname(path));
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
