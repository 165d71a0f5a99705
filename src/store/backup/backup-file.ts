import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { AppError } from '../../core/error.ts';
import { unusable } from './chunk-cipher.ts';

/** A backup on the disk. */
export interface SavedBackup {
  path: string;
  bytes: number;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
}

/**
 * Writes a file (0600) whole under another name, syncs it, and only then gives it its own: a backup of that name is complete. A file that
 * is there is never replaced, and no link is followed. Throws `backup_failed` with path and cause.
 */
export async function saveBackup(path: string, bytes: AsyncIterable<Uint8Array>): Promise<SavedBackup> {
  const unfinished = `${path}.unfinished`;
  const hash = createHash('sha256');
  let size = 0;
  try {
    if (await exists(path)) throw Object.assign(new Error(), { code: 'EEXIST' });
    await rm(unfinished, { force: true });
    const file = await open(unfinished, 'wx', 0o600);
    try {
      for await (const piece of bytes) {
        hash.update(piece);
        size += piece.length;
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await link(unfinished, path);
    await unlink(unfinished);
    const directory = await open(dirname(path), 'r');
    await directory.sync().finally(() => directory.close());
  } catch (cause) {
    await unlink(unfinished).catch(() => {});
    throw cause instanceof AppError
      ? cause
      : new AppError('backup_failed', writeFault(path, cause), { cause });
  }
  return { path, bytes: size, sha256: hash.digest('hex') };
}

/** The bytes of a file, in slices. Throws `backup_unusable`. */
export async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (cause) {
    throw unusable(`${path} cannot be read (${codeOf(cause)})`);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function writeFault(path: string, cause: unknown): string {
  switch (codeOf(cause)) {
    case 'EEXIST':
      return `${path} exists already: a backup never replaces a file, choose another name`;
    case 'ENOENT':
      return `${dirname(path)} does not exist: make it, or choose another place`;
    case 'ENOSPC':
      return `${dirname(path)} is full: ${basename(path)} was not made`;
    case 'EACCES':
    case 'EROFS':
      return `${dirname(path)} cannot be written by this user`;
    default:
      return `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown cause';
