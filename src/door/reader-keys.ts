import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { ReaderKeys, ReaderSecrets } from '../core/reader.ts';
import { readSealedFile, type SealedFiles, writeSealedFile } from './sealed-file.ts';

/**
 * The keys of readers with a secure channel: one sealed file of JSON that only the door process reads and writes.
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
  files?: SealedFiles;
}

/** Where it lies. */
export const readerKeysPath = (stateDir: string): string => join(stateDir, 'reader-keys.sealed');

/** Opens the file; a missing one holds no keys yet. Never rejects: whatever is wrong is in the answer. */
export async function openReaderKeys(parts: ReaderKeyParts): Promise<ReaderKeysRead> {
  const read = await readSealedFile({ ...parts, magic });
  if (read.kind === 'absent') return { kind: 'ok', store: storeOf(parts, new Map()) };
  if (read.kind === 'damaged') return read;
  // What proved genuine was written below.
  const content = JSON.parse(read.plain.toString('utf8')) as Content;
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

async function write(parts: ReaderKeyParts, kept: ReadonlyMap<string, ReaderSecrets>): Promise<void> {
  const readers = [...kept].map(([name, { current, pending, identity }]) => {
    return [name, { current: hexOf(current), pending: hexOf(pending), identity }] as const;
  });
  const content: Content = { site_id: parts.siteId, readers: Object.fromEntries(readers) };
  await writeSealedFile({ ...parts, magic }, parts.random(nonceSize), [Buffer.from(JSON.stringify(content))]);
}

const hexOf = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string | null): Uint8Array | null =>
  hex === null ? null : Uint8Array.from(Buffer.from(hex, 'hex'));
