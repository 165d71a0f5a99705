import type { KeyObject } from 'node:crypto';
import { type AccessTable, emptyTable, putRow } from '../core/access-table.ts';
import type { TableRow, TableVersion } from '../core/table-row.ts';
import type { NarrowingMark } from './narrowings.ts';
import { readSealedFile, type SealedFiles, writeSealedFile } from './sealed-file.ts';
import { openRow, type SealedRow, sealRow } from './sealed-row.ts';

/**
 * The sealed table: the sealed file of chunks from which the doors open after a power-on without the admin process.
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

const magic = Buffer.from('PSTNTAB\x01', 'latin1');
/** A turn of the event loop takes no more than this: about a millisecond of JSON. */
const rowsPerChunk = 200;

/**
 * Writes the file; between chunks the event loop is free. Rows are never changed in place, so the list may be written while the table goes
 * on. Rejects as `writeSealedFile` does.
 */
export async function writeSealedTable(
  path: string,
  content: Omit<SealedTableHead, 'rows'> & { rows: readonly TableRow[] },
  key: KeyObject,
  nonce: Uint8Array,
  files?: SealedFiles,
): Promise<void> {
  await writeSealedFile({ path, magic, key, files }, nonce, chunksOf(content));
}

function* chunksOf(
  content: Omit<SealedTableHead, 'rows'> & { rows: readonly TableRow[] },
): Generator<Buffer> {
  const { rows } = content;
  const head: SealedTableHead = { ...content, rows: rows.length };
  yield chunk(head);
  for (let from = 0; from < rows.length; from += rowsPerChunk) {
    yield chunk(rows.slice(from, from + rowsPerChunk).map(sealRow));
  }
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
  files?: SealedFiles,
): Promise<SealedTableRead> {
  const read = await readSealedFile({ path, magic, key, files }, pause);
  if (read.kind !== 'ok') return read;
  try {
    return await buildTable(read.plain, expected, pause);
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

function damaged(why: string): SealedTableRead {
  return { kind: 'damaged', why };
}
