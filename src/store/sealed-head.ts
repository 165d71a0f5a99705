import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cancel, Clock } from '../core/clock.ts';
import type { Head } from './record-codec.ts';

/**
 * The sealed head: a file beside the database that says how far the database has got. LevelDB drops what it cannot read without a
 * word; a database behind this head has lost something. One line of JSON, then its HMAC-SHA-256, hexadecimal.
 */
export interface SealedHead extends Head {
  /** Of the database. */
  id: string;
}

export type SealedHeadRead =
  | { kind: 'ok'; head: SealedHead }
  /** Never written, lost, altered, cut short, or sealed under another key. */
  | { kind: 'absent' | 'damaged'; why: string };

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type HeadFiles = Pick<typeof nodeFiles, 'open' | 'readFile' | 'rename'>;

/** Reads the file. Never rejects: whatever is wrong is in the answer. */
export async function readSealedHead(
  path: string,
  key: KeyObject,
  files: HeadFiles = nodeFiles,
): Promise<SealedHeadRead> {
  let text: string;
  try {
    text = await files.readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
    return code === 'ENOENT'
      ? { kind: 'absent', why: 'store.head is not there' }
      : { kind: 'damaged', why: `store.head cannot be read (${code})` };
  }
  const [line = '', mac = ''] = text.split('\n');
  const expected = macOf(line, key);
  const given = Buffer.from(mac, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return { kind: 'damaged', why: 'store.head was altered or cut short, or sealed under another key' };
  }
  return { kind: 'ok', head: JSON.parse(line) as SealedHead };
}

/** Writes the file whole and synced under another name and renames it: at any moment there is the earlier file or this one. */
export async function writeSealedHead(
  path: string,
  head: SealedHead,
  key: KeyObject,
  files: HeadFiles = nodeFiles,
): Promise<void> {
  const line = JSON.stringify(head);
  const unfinished = `${path}.unfinished`;
  const file = await files.open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(`${line}\n${macOf(line, key).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(unfinished, path);
  const directory = await files.open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}

const macOf = (line: string, key: KeyObject): Buffer => createHmac('sha256', key).update(line).digest();

/** Keeps the sealed head up with the commits. */
export interface HeadKeeper {
  /** The database has this on the disk. */
  committed(head: Head): void;
  /** Revision of the head on the disk. */
  sealed(): number;
  /** Writes what is not yet written. */
  close(): Promise<void>;
}

const lagMs = 1_000;

/**
 * Writes the head at most once a second, one write at a time. A failed write is reported once and repeated a second later; meanwhile
 * the head lags.
 * @param onDisk what the file holds now; null: nothing that can be used
 */
export function headKeeper(parts: {
  id: string;
  onDisk: SealedHead | null;
  write(head: SealedHead): Promise<void>;
  clock: Clock;
  /** Null: it is written again. */
  report(failure: unknown): void;
}): HeadKeeper {
  const { id, write, clock, report } = parts;
  let sealed = parts.onDisk?.revision ?? -1;
  let newest: SealedHead | null = null;
  let failing = false;
  let timer: Cancel | null = null;
  let writing: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    const head = newest;
    newest = null;
    if (head === null) return;
    try {
      await write(head);
      sealed = head.revision;
      if (failing) report(null);
      failing = false;
    } catch (error) {
      newest ??= head;
      if (!failing) report(error);
      failing = true;
    }
  };
  const begin = (): Promise<void> => {
    timer?.();
    timer = null;
    writing = run().finally(() => {
      writing = null;
      if (newest !== null) arm();
    });
    return writing;
  };
  function arm(): void {
    if (writing === null) timer ??= clock.after(lagMs, () => void begin());
  }

  return {
    committed(head) {
      newest = { id, ...head };
      arm();
    },
    sealed: () => sealed,
    async close() {
      await writing;
      await begin();
      timer?.();
    },
  };
}
