import type { LogPlace } from '../../core/panel.ts';
import { notBefore } from '../panel-time.ts';
import type { Ask } from './conversation.ts';
import type { LogEntry } from './log-event.ts';

/** The panel's log as we follow it: a ring, its entries numbered from 0 and round again. */
export interface Logbook {
  /** An entry the panel has pushed. Entries that were missed before it are read. */
  pushed(entry: LogEntry): void;
  /** Reads what has been added since the last entry we know, in this life or an earlier one; without any, only finds where the log stands. */
  catchUp(): Promise<void>;
}

/** A number the panel has no entry for, and an answer that never came. */
type Read = LogEntry | 'none' | 'unanswered';

/** `seen` is called once for every entry; `recovered` ones in order among themselves. */
export function logbook(
  ask: Ask,
  seen: (entry: LogEntry, recovered: boolean) => void,
  place: LogPlace,
): Logbook {
  /** The last entry before which none is missing, in this life or an earlier one. */
  let last = place.kept === null ? null : entryIn(place.kept);
  /** Pushed entries beyond a gap, by number. */
  const ahead = new Map<number, LogEntry>();
  let reading = false;

  const read = async (number: number): Promise<Read> => {
    const answer = await ask({ type: 'log_event_request', value: { entry: number } }, { background: true });
    if (answer.type === 'refused') return 'none';
    return answer.type === 'message' && answer.message.type === 'log_event'
      ? answer.message.value
      : 'unanswered';
  };

  /** Reads on from an entry for as long as there are new ones; gives the last. */
  const follow = async (from: LogEntry): Promise<LogEntry> => {
    let at = from;
    for (let n = 0; n < from.log_size; n++) {
      const number = (at.entry + 1) % from.log_size;
      const known = ahead.get(number);
      if (known !== undefined) {
        ahead.delete(number);
        at = known;
        continue;
      }
      const entry = await read(number);
      if (entry === 'unanswered') return at;
      if (entry === 'none') break;
      // Before a pushed entry all are new; beyond the newest, the ring goes on with its oldest ones.
      if (ahead.size === 0 && !(isDated(entry) && notBefore(entry, at))) break;
      at = entry;
      seen(entry, true);
    }
    // What is still missing cannot be read: go on from where the panel is.
    at = [...ahead.values()].at(-1) ?? at;
    ahead.clear();
    return at;
  };

  /** After which entry to read on; null: the log is empty or cannot be read. */
  const start = async (): Promise<LogEntry | null> => {
    const known = last;
    if (known === null) return afresh();
    const there = await read(known.entry);
    if (typeof there === 'string' || sameEntry(there, known)) return known;
    // Another panel's log, or one that was cleared.
    if (there.log_size !== known.log_size || !notBefore(there, known)) return afresh();
    // The ring has gone round: all it holds is new, and begins after the newest.
    const end = await newest(read);
    return end === null ? null : { ...known, entry: end.entry };
  };

  /** The newest entry. What was pushed up to it is no sign of a gap: only what came while it was looked for is beyond. */
  const afresh = async (): Promise<LogEntry | null> => {
    const end = await newest(read);
    if (end === null) return null;
    for (const number of ahead.keys()) {
      const beyond = (number - end.entry + end.log_size) % end.log_size;
      if (beyond === 0 || beyond > end.log_size / 2) ahead.delete(number);
    }
    return end;
  };

  const toldUpTo = (entry: LogEntry): void => {
    last = entry;
    place.keep(JSON.stringify(entry));
  };

  const catchUp = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    const from = await start();
    if (from !== null) toldUpTo(await follow(from));
    reading = false;
  };

  return {
    pushed(entry) {
      if (last !== null && sameEntry(entry, last)) return;
      seen(entry, false);
      if (!reading && (last === null || entry.entry === (last.entry + 1) % last.log_size)) {
        toldUpTo(entry);
        return;
      }
      ahead.set(entry.entry, entry);
      void catchUp();
    },
    catchUp,
  };
}

/**
 * The newest entry, or null where the log is empty or cannot be read. Entries from number 0 on up to the newest are not older than number
 * 0, all others are: found by halving.
 */
async function newest(read: (number: number) => Promise<Read>): Promise<LogEntry | null> {
  const first = await read(0);
  if (typeof first === 'string' || !isDated(first)) return null;
  let found = first;
  let beyond = first.log_size;
  while (beyond - found.entry > 1) {
    const number = (found.entry + beyond) >> 1;
    const middle = await read(number);
    if (middle === 'unanswered') return null;
    if (middle !== 'none' && isDated(middle) && notBefore(middle, first)) found = middle;
    else beyond = number;
  }
  return found;
}

/** What an earlier life has kept; null: it is no entry. */
function entryIn(kept: string): LogEntry | null {
  try {
    const entry: unknown = JSON.parse(kept);
    return isEntry(entry) ? entry : null;
  } catch {
    return null;
  }
}

const members = [
  'entry',
  'log_size',
  'kind',
  'subject',
  'partition',
  'month',
  'day',
  'hour',
  'minute',
] as const satisfies readonly (keyof LogEntry)[];

function isEntry(kept: unknown): kept is LogEntry {
  if (kept === null || typeof kept !== 'object') return false;
  const all: Partial<Record<keyof LogEntry, unknown>> = kept;
  return members.every((name) => Number.isInteger(all[name]));
}

function sameEntry(a: LogEntry, b: LogEntry): boolean {
  return a.entry === b.entry && a.kind === b.kind && a.subject === b.subject && sameMinute(a, b);
}

function sameMinute(a: LogEntry, b: LogEntry): boolean {
  return a.month === b.month && a.day === b.day && a.hour === b.hour && a.minute === b.minute;
}

/** A place in the ring that was never used, or that a panel without a clock has written. */
function isDated({ month, day, hour, minute, log_size }: LogEntry): boolean {
  return log_size > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60;
}
