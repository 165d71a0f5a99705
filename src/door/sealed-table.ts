import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AccessTable, emptyTable, putRow } from '../core/access-table.ts';
import type { TableRow, TableVersion } from '../core/table-row.ts';
import type { NarrowingMark } from './narrowings.ts';
import { openRow, type SealedRow, sealRow } from './sealed-row.ts';

/**
 * The sealed table: the file from which the doors open after a power-on without the admin process.
 *
 *     magic and format (8 bytes) | nonce (12) | AES-256-GCM of the chunks, the first 8 bytes authenticated too | tag (16)
 *
 * A chunk is its length (u32, big-endian) and as much JSON: first a head, then arrays of rows (`sealed-row.ts`).
 */
export interface SealedTableHead {
  site_id: string;
  version: TableVersion;
  /** Wall milliseconds. */
  written_at: number;
  /** The narrowings that are in it; left out: none. */
  narrowings?: NarrowingMark;
  rows: number;
}

/** `damaged`: altered, cut short, unreadable, or sealed under another key. `foreign`: of another site. */
export type SealedTableRead =
  | {
      kind: 'ok';
      table: AccessTable;
      version: TableVersion;
      written_at: number;
      narrowings: NarrowingMark | null;
    }
  | { kind: 'absent' }
  | { kind: 'damaged' | 'foreign'; why: string };

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type SealedFiles = Pick<typeof nodeFiles, 'open' | 'readFile' | 'rename' | 'unlink'>;

const magic = Buffer.from('PSTNTAB\x01', 'latin1');
const nonceSize = 12;
const tagSize = 16;
/** A turn of the event loop takes no more than this: about a millisecond of JSON or cipher. */
const rowsPerChunk = 200;
const bytesPerSlice = 256 * 1024;

/**
 * Writes the file whole under another name, syncs it, and renames it: at any moment there is the earlier file or this one. Between chunks
 * the event loop is free. Rows are never changed in place, so the list may be written while the table goes on.
 * Rejects with the error of the file system; the earlier file is then still there.
 */
export async function writeSealedTable(
  path: string,
  content: Omit<SealedTableHead, 'rows'> & { rows: readonly TableRow[] },
  key: KeyObject,
  nonce: Uint8Array,
  files: SealedFiles = nodeFiles,
): Promise<void> {
  const unfinished = `${path}.unfinished`;
  const sealing = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize });
  sealing.setAAD(magic);
  const head: SealedTableHead = { ...content, rows: content.rows.length };
  try {
    const file = await files.open(unfinished, 'w', 0o600);
    try {
      await file.writeFile(Buffer.concat([magic, nonce, sealing.update(chunk(head))]));
      for (let from = 0; from < content.rows.length; from += rowsPerChunk) {
        await file.writeFile(
          sealing.update(chunk(content.rows.slice(from, from + rowsPerChunk).map(sealRow))),
        );
      }
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

/**
 * Reads the file. Nothing of it is used before all of it has proved genuine. `pause` lets the event loop turn between slices.
 * Never rejects: whatever is wrong is in the answer.
 */
export async function readSealedTable(
  path: string,
  expected: { siteId: string; doorIds: readonly string[] },
  key: KeyObject,
  pause: () => Promise<unknown>,
  files: SealedFiles = nodeFiles,
): Promise<SealedTableRead> {
  let sealed: Buffer;
  try {
    sealed = await files.readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
    return code === 'ENOENT' ? { kind: 'absent' } : damaged(`it cannot be read (${code})`);
  }
  const plain = await unseal(sealed, key, pause);
  if (plain === null) {
    return damaged('it was altered or cut short, or sealed under another key or in another format');
  }
  try {
    return await buildTable(plain, expected, pause);
  } catch {
    return damaged('its rows are not what this version writes');
  }
}

async function buildTable(
  plain: Buffer,
  expected: { siteId: string; doorIds: readonly string[] },
  pause: () => Promise<unknown>,
): Promise<SealedTableRead> {
  const chunks = splitChunks(plain);
  const head = chunks.next().value as SealedTableHead | undefined;
  if (head === undefined) return damaged('it has no head');
  if (head.site_id !== expected.siteId) return { kind: 'foreign', why: 'it is the table of another site' };

  const table = emptyTable(expected.doorIds);
  let rows = 0;
  for (const part of chunks as Iterable<SealedRow[]>) {
    for (const row of part) putRow(table, openRow(row));
    rows += part.length;
    await pause();
  }
  if (rows !== head.rows) return damaged(`it holds ${rows} of ${head.rows} rows`);
  const { version, written_at, narrowings = null } = head;
  return { kind: 'ok', table, version, written_at, narrowings };
}

function chunk(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json]);
}

/** The chunks of a genuine file: what our own writer put there. */
function* splitChunks(plain: Buffer): Generator<unknown, undefined> {
  for (let at = 0; at < plain.length; ) {
    const end = at + 4 + plain.readUInt32BE(at);
    yield JSON.parse(plain.toString('utf8', at + 4, end));
    at = end;
  }
}

/** Null unless every byte is genuine. */
async function unseal(sealed: Buffer, key: KeyObject, pause: () => Promise<unknown>): Promise<Buffer | null> {
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

function damaged(why: string): SealedTableRead {
  return { kind: 'damaged', why };
}
