import type { LogEntry } from './events.ts';

/**
 * Reads the panel's log backwards, newest entry first, until what was known before an outage: so are events recovered that nobody heard.
 * Entries are told apart to the minute only, so a run of known ones is looked for, not one.
 */
export interface LogWalk {
  /** Identities of the newest entries known before the outage, newest first; none: the log was empty. */
  readonly known: readonly string[];
  /** Identities of the entries heard live since, which are in the log too. There may be missed ones between them. */
  readonly live: readonly string[];
  readonly read: readonly LogEntry[];
}

/** How many known entries in a row prove the place. */
export const anchorLength = 3;
/** The log's oldest entry (sheet 2.5). */
export const lastIndex = 511;
/** What an entry says that was never written. */
const neverWritten = new Set([0, 1000]);

/** Whether this is a place of the log that was never written to. */
export function isEmpty({ event }: LogEntry): boolean {
  return neverWritten.has(event);
}

/** What tells one entry from another. */
export function identity(entry: LogEntry): string {
  const { event, number, area, year, month, day, hour, minute } = entry;
  return [event, number, area, year, month, day, hour, minute].join(' ');
}

/** The next entry, read from index `walk.read.length + 1`. `missed`, oldest first, once there is no more to read. */
export function stepWalk(walk: LogWalk, entry: LogEntry): { walk: LogWalk; missed: LogEntry[] | null } {
  if (isEmpty(entry)) return { walk, missed: unheard(walk.read, walk.live) };
  const read = [...walk.read, entry];
  const start = read.length - walk.known.length;
  const met =
    walk.known.length > 0 &&
    start >= walk.live.length &&
    walk.known.every((one, n) => identityAt(read, start + n) === one);
  const end = met ? start : read.length;
  const done = met || read.length >= lastIndex;
  return { walk: { ...walk, read }, missed: done ? unheard(read.slice(0, end), walk.live) : null };
}

/** What of it was not heard live, oldest first. */
function unheard(read: readonly LogEntry[], live: readonly string[]): LogEntry[] {
  const heard = [...live];
  const missed = read.filter((entry) => {
    const at = heard.indexOf(identity(entry));
    if (at >= 0) heard.splice(at, 1);
    return at < 0;
  });
  return missed.reverse();
}

function identityAt(read: readonly LogEntry[], at: number): string | null {
  const entry = read[at];
  return entry === undefined ? null : identity(entry);
}
