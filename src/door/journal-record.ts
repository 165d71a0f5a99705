import { crc32 } from 'node:zlib';
import type { KeptDoorMode } from '../core/door-mode.ts';
import type { DoorEvent } from '../core/event.ts';
import type { KeptLockOut } from '../core/lock-out.ts';
import type { KeptTime } from '../core/trusted-time.ts';

/** How many uses of an allowance have been made. The newest word holds. */
export interface UseCount {
  user_id: string;
  credential_id: string;
  generation: number;
  used: number;
}

/** What outlives a restart beside the events. */
export interface Kept {
  uses: UseCount[];
  lock_outs: (KeptLockOut & { reader_id: string })[];
  /** How far the panel's own log has been told, in the panel driver's notation; null: not at all. */
  panel_log: string | null;
  /** What was known of the time; null: nothing. */
  time: KeptTime | null;
  door_modes: (KeptDoorMode & { door_id: string })[];
}

/** What the journal's file is made of. The first entry is a `head`, and no other is. */
export type JournalEntry =
  | { entry: 'head'; format: 1; journal_id: string; next_seq: number; kept: Kept }
  | { entry: 'event'; seq: number; event: DoorEvent }
  | ({ entry: 'use' } & UseCount)
  | ({ entry: 'lock_out'; reader_id: string } & KeptLockOut)
  | ({ entry: 'time' } & KeptTime)
  | ({ entry: 'door_mode'; door_id: string } & KeptDoorMode)
  | { entry: 'panel_log'; place: string };

/** No entry but the head comes near this; a longer length is damage. */
const longest = 64 * 1024 * 1024;
const prefix = 8;

/** JSON text of an event entry around the JSON text of its event. */
export function eventText(seq: number, event: string): string {
  return `{"entry":"event","seq":${seq},"event":${event}}`;
}

/** An entry as it lies in the file: length (4 bytes), CRC-32 (4 bytes) of what follows, JSON text; little endian. */
export function frameEntry(text: string): Uint8Array {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(prefix + length);
  bytes.write(text, prefix);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(prefix)), 4);
  return bytes;
}

/** How many bytes an entry takes in the file. */
export function frameSize(text: string): number {
  return prefix + Buffer.byteLength(text);
}

/** Reads entries up to the first one that is not whole and sound; `good` is how many bytes they take. */
export function readEntries(file: Uint8Array): { entries: JournalEntry[]; good: number } {
  const entries: JournalEntry[] = [];
  let good = 0;
  for (const text of readFrames(file).texts) {
    const entry = JSON.parse(text) as JournalEntry;
    if (!follows(entry, entries.at(-1))) break;
    entries.push(entry);
    good += frameSize(text);
  }
  return { entries, good };
}

/** Reads the texts that were framed by `frameEntry`, up to the first one that is not whole and sound. */
export function readFrames(file: Uint8Array): { texts: string[]; good: number } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const texts: string[] = [];
  let good = 0;
  while (bytes.length - good >= prefix) {
    const length = bytes.readUInt32LE(good);
    const end = good + prefix + length;
    // A power cut may leave zeros: length 0 with the CRC of nothing, which is 0.
    if (length === 0 || length > longest || end > bytes.length) break;
    const body = bytes.subarray(good + prefix, end);
    if (crc32(body) !== bytes.readUInt32LE(good + 4)) break;
    texts.push(body.toString());
    good = end;
  }
  return { texts, good };
}

function follows(entry: JournalEntry, before: JournalEntry | undefined): boolean {
  if (before === undefined) return entry.entry === 'head' && entry.format === 1;
  return entry.entry !== 'head';
}
