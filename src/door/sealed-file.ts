import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * A file that only this controller reads and writes:
 *
 *     magic and format (8 bytes) | nonce (12) | AES-256-GCM, the first 8 bytes authenticated too | tag (16)
 */
export interface SealedFile {
  path: string;
  magic: Buffer;
  key: KeyObject;
  /** `node:fs/promises` when left out. */
  files?: SealedFiles | undefined;
}

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type SealedFiles = Pick<typeof nodeFiles, 'open' | 'readFile' | 'rename' | 'unlink'>;

const nonceSize = 12;
const tagSize = 16;
/** A turn of the event loop takes no more than this: about a millisecond of cipher. */
const bytesPerSlice = 256 * 1024;

/**
 * Writes it whole under another name, syncs it, and renames it: at any moment there is the earlier file or this one. Between pieces the
 * event loop is free. Rejects with the error of the file system; the earlier file is then still there, or this one, if all that failed was to make
 * its name durable.
 * @param nonce 12 bytes, never twice under one key
 */
export async function writeSealedFile(
  { path, magic, key, files = nodeFiles }: SealedFile,
  nonce: Uint8Array,
  pieces: Iterable<Buffer>,
): Promise<void> {
  const unfinished = `${path}.unfinished`;
  const sealing = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize });
  sealing.setAAD(magic);
  try {
    const file = await files.open(unfinished, 'w', 0o600);
    try {
      await file.writeFile(Buffer.concat([magic, nonce]));
      for (const piece of pieces) await file.writeFile(sealing.update(piece));
      sealing.final();
      await file.writeFile(sealing.getAuthTag());
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(unfinished, path);
  } catch (error) {
    await files.unlink(unfinished).catch(() => {});
    throw error;
  }
  const directory = await files.open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}

/** `damaged`: altered, cut short, unreadable, or sealed under another key. */
export type SealedFileRead =
  | { kind: 'ok'; plain: Buffer }
  | { kind: 'absent' }
  | { kind: 'damaged'; why: string };

/** Reads it; nothing is given before all of it has proved genuine. `pause` lets the event loop turn between slices. Never rejects. */
export async function readSealedFile(
  { path, magic, key, files = nodeFiles }: SealedFile,
  pause: () => Promise<unknown> = () => Promise.resolve(),
): Promise<SealedFileRead> {
  let sealed: Buffer;
  try {
    sealed = await files.readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
    return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'damaged', why: `it cannot be read (${code})` };
  }
  const plain = await unseal(sealed, magic, key, pause);
  if (plain !== null) return { kind: 'ok', plain };
  const why = 'it was altered or cut short, or sealed under another key or in another format';
  return { kind: 'damaged', why };
}

/** Null unless every byte is genuine. */
async function unseal(
  sealed: Buffer,
  magic: Buffer,
  key: KeyObject,
  pause: () => Promise<unknown>,
): Promise<Buffer | null> {
  const start = magic.length + nonceSize;
  const end = sealed.length - tagSize;
  if (end < start || !sealed.subarray(0, magic.length).equals(magic)) return null;
  const opening = createDecipheriv('aes-256-gcm', key, sealed.subarray(magic.length, start), {
    authTagLength: tagSize,
  });
  opening.setAAD(magic);
  opening.setAuthTag(sealed.subarray(end));
  const plain = Buffer.alloc(end - start);
  for (let at = start; at < end; at += bytesPerSlice) {
    opening.update(sealed.subarray(at, Math.min(at + bytesPerSlice, end))).copy(plain, at - start);
    await pause();
  }
  try {
    opening.final();
    return plain;
  } catch {
    return null;
  }
}
