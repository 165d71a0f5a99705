import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReaderKeys, ReaderSecrets } from '../core/reader.ts';

/**
 * The keys of readers with a secure channel: one sealed file that only the door process reads and writes.
 *
 *     magic and format (8 bytes) | nonce (12) | AES-256-GCM of JSON, the first 8 bytes authenticated too | tag (16)
 *
 * Changes are in force once they are on the disk; what fails to get there rejects with the error of the file system.
 */
export interface ReaderKeyStore extends ReaderKeys {
  /** Makes a new random key for a reader and keeps it as pending: it is safe on the disk before anybody sends it. */
  propose(reader: string): Promise<void>;
  /** The pending key is the reader's own now, and whoever has it is the reader. */
  settle(reader: string): Promise<void>;
  /** The pending key was never sent. */
  discard(reader: string): Promise<void>;
  /** Who the reader is; null: whoever it says to be next time. */
  pin(reader: string, identity: string | null): Promise<void>;
}

/** `damaged`: altered, cut short, unreadable, or sealed under another key. `foreign`: of another site. */
export type ReaderKeysRead =
  | { kind: 'ok'; store: ReaderKeyStore }
  | { kind: 'damaged' | 'foreign'; why: string };

export interface ReaderKeyParts {
  path: string;
  siteId: string;
  key: KeyObject;
  random(size: number): Uint8Array;
  /** `node:fs/promises` when left out. */
  files?: KeyStoreFiles;
}

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type KeyStoreFiles = Pick<typeof nodeFiles, 'open' | 'readFile' | 'rename' | 'unlink'>;

/** Where it lies. */
export const readerKeysPath = (stateDir: string): string => join(stateDir, 'reader-keys.sealed');

/** Opens the file; a missing one holds no keys yet. Never rejects: whatever is wrong is in the answer. */
export async function openReaderKeys(parts: ReaderKeyParts): Promise<ReaderKeysRead> {
  let sealed: Buffer;
  try {
    sealed = await (parts.files ?? nodeFiles).readFile(parts.path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
    if (code === 'ENOENT') return { kind: 'ok', store: storeOf(parts, new Map()) };
    return { kind: 'damaged', why: `it cannot be read (${code})` };
  }
  const content = unseal(sealed, parts.key);
  if (content === null) {
    return {
      kind: 'damaged',
      why: 'it was altered or cut short, or sealed under another key or in another format',
    };
  }
  if (content.site_id !== parts.siteId) return { kind: 'foreign', why: 'it holds the keys of another site' };
  const readers = Object.entries(content.readers).map(([name, { current, pending, identity }]) => {
    return [name, { current: bytesOf(current), pending: bytesOf(pending), identity }] as const;
  });
  return { kind: 'ok', store: storeOf(parts, new Map(readers)) };
}

/** Keys that anybody can guess: the install key of the standard, and any other that is constant or counts (sheet 8, 4). */
export function isWeak(key: Uint8Array): boolean {
  const step = (at: number): number => ((key[at] ?? 0) - (key[at - 1] ?? 0)) & 0xff;
  return key.length !== 16 || key.every((_, at) => at < 2 || step(at) === step(1)) || new Set(key).size < 6;
}

interface Content {
  site_id: string;
  readers: Record<string, { current: string | null; pending: string | null; identity: string | null }>;
}

const nothing: ReaderSecrets = { current: null, pending: null, identity: null };
const keySize = 16;
const magic = Buffer.from('PSTNRDK\x01', 'latin1');
const nonceSize = 12;
const tagSize = 16;

function storeOf(parts: ReaderKeyParts, start: ReadonlyMap<string, ReaderSecrets>): ReaderKeyStore {
  let kept = start;
  let last: Promise<void> = Promise.resolve();

  const of = (reader: string): ReaderSecrets => kept.get(reader) ?? nothing;

  /** One change after another, each on top of what the one before has left. */
  function change(reader: string, to: (now: ReaderSecrets) => ReaderSecrets): Promise<void> {
    const done = last.then(async () => {
      const next = new Map(kept).set(reader, to(of(reader)));
      await write(parts, next);
      kept = next;
    });
    last = done.catch(() => {});
    return done;
  }

  function newKey(): Uint8Array {
    const used = [...kept.values()].flatMap(({ current, pending }) => [current, pending]);
    for (;;) {
      const key = parts.random(keySize);
      if (!isWeak(key) && !used.some((other) => other !== null && Buffer.compare(other, key) === 0))
        return key;
    }
  }

  return {
    of,
    // A first key that was sent and not heard of again may be the reader's: it is tried before the public one.
    propose: (reader) =>
      change(reader, (now) => ({ ...now, current: now.current ?? now.pending, pending: newKey() })),
    settle: (reader) =>
      change(reader, (now) =>
        now.pending === null ? now : { current: now.pending, pending: null, identity: null },
      ),
    discard: (reader) => change(reader, (now) => ({ ...now, pending: null })),
    pin: (reader, identity) => change(reader, (now) => ({ ...now, identity })),
  };
}

/** Written whole under another name, synced and renamed: at any moment there is the earlier file or this one. */
async function write(parts: ReaderKeyParts, kept: ReadonlyMap<string, ReaderSecrets>): Promise<void> {
  const { path, files = nodeFiles } = parts;
  const readers = [...kept].map(([name, { current, pending, identity }]) => {
    return [name, { current: hexOf(current), pending: hexOf(pending), identity }] as const;
  });
  const content: Content = { site_id: parts.siteId, readers: Object.fromEntries(readers) };
  const unfinished = `${path}.unfinished`;
  try {
    const file = await files.open(unfinished, 'w', 0o600);
    try {
      await file.writeFile(seal(content, parts.key, parts.random(nonceSize)));
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

function seal(content: Content, key: KeyObject, nonce: Uint8Array): Buffer {
  const sealing = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize });
  sealing.setAAD(magic);
  const text = Buffer.concat([sealing.update(JSON.stringify(content), 'utf8'), sealing.final()]);
  return Buffer.concat([magic, nonce, text, sealing.getAuthTag()]);
}

/** Null unless every byte is genuine. */
function unseal(sealed: Buffer, key: KeyObject): Content | null {
  const start = magic.length + nonceSize;
  const end = sealed.length - tagSize;
  if (end < start || !sealed.subarray(0, magic.length).equals(magic)) return null;
  const nonce = sealed.subarray(magic.length, start);
  const opening = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize });
  opening.setAAD(magic);
  opening.setAuthTag(sealed.subarray(end));
  try {
    const text = Buffer.concat([opening.update(sealed.subarray(start, end)), opening.final()]);
    return JSON.parse(text.toString('utf8')) as Content;
  } catch {
    return null;
  }
}

const hexOf = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string | null): Uint8Array | null =>
  hex === null ? null : Uint8Array.from(Buffer.from(hex, 'hex'));
