import type { Clock } from '../core/clock.ts';
import type { KeptDoorMode } from '../core/door-mode.ts';
import type { DoorEvent } from '../core/event.ts';
import type { KeptLockOut } from '../core/lock-out.ts';
import type { DoorsStatus } from '../core/status.ts';
import type { KeptTime } from '../core/trusted-time.ts';
import type { JournalRecord } from '../link/message.ts';
import type { JournalFiles } from './journal-file.ts';
import { eventText, frameSize, type JournalEntry, type UseCount } from './journal-record.ts';
import { recoverJournal } from './journal-recovery.ts';
import { journalWriter } from './journal-writer.ts';

/**
 * The door journal: events in order until the admin process has stored them, and the little state that outlives a restart.
 * Nothing here throws or waits for the disk, but for `countUse`.
 */
export interface Journal {
  /** Names this run of numbers; a lost journal starts another. */
  readonly id: string;
  append(event: DoorEvent): void;
  /**
   * Counts a use at once, and resolves true when that is durable. After `withinMs` it resolves false and the use is not counted:
   * the door must stay shut.
   */
  countUse(use: UseCount, withinMs: number): Promise<boolean>;
  /** Uses of this allowance counted here; 0 when none. */
  used(credentialId: string, generation: number): number;
  keepLockOut(readerId: string, kept: KeptLockOut): void;
  lockOut(readerId: string): KeptLockOut | null;
  /** How far the panel's own log has been told. What was told before it is written before it. */
  keepPanelLog(place: string): void;
  panelLog(): string | null;
  keepTime(kept: KeptTime): void;
  /** What was known of the time; null: nothing. */
  time(): KeptTime | null;
  /** Keeps it at once. Resolves true when that is durable, false after `withinMs`: then it is so as soon as the disk works. */
  keepDoorMode(doorId: string, kept: KeptDoorMode, withinMs: number): Promise<boolean>;
  doorMode(doorId: string): KeptDoorMode | null;
  /** Durable records after this number, oldest first, at most `max`. A number may be missing: what it was is lost. */
  after(seq: number, max: number): JournalRecord[];
  /** The admin process has stored everything up to this record. */
  stored(journalId: string, seq: number): void;
  /** Called when there may be more for `after`. One listener; null for none. */
  onDurable(listener: (() => void) | null): void;
  health(): DoorsStatus['journal'];
  /** Writes what waits and closes the file. */
  close(): Promise<void>;
}

/** Use counters kept at least; beyond it the oldest are dropped that are settled. */
const keptUses = 4_096;

/**
 * Reads the journal and opens it. A torn or damaged tail is cut, which a `journal.damaged` event tells, as it does a journal that is gone; a disk that fails does
 * not keep the doors from working.
 * @param options.resource what `journal.*` events are about: `system/<site id>`
 * @param options.limitBytes bound of the file; of the events in it, half of that. Default 64 MiB
 * @param options.isExpected whether there must be one: the doors have worked here before
 * @param options.isSettled whether nothing need be known of this use any more: asked when there are many
 */
export async function openJournal(options: {
  files: JournalFiles;
  path: string;
  clock: Clock;
  newId: () => string;
  resource: string;
  limitBytes?: number;
  isExpected?: boolean;
  isSettled: (use: UseCount) => boolean;
  trouble: (error: unknown) => void;
}): Promise<Journal> {
  const { files, path, clock, resource } = options;
  const limit = (options.limitBytes ?? 64 * 1024 * 1024) / 2;
  const found = await recoverJournal(files, path, options.trouble);
  const head = found.entries[0]?.entry === 'head' ? found.entries[0] : null;
  const id = head?.journal_id ?? options.newId();
  const uses = new Map<string, UseCount>();
  const lockOuts = new Map<string, KeptLockOut>();
  /** JSON of the events, and the number of each: strings are what costs least for long. */
  let events: { seq: number; text: string }[] = [];
  let eventBytes = 0;
  let headBytes = 0;
  let panelLog: string | null = null;
  let time: KeptTime | null = null;
  const doorModes = new Map<string, KeptDoorMode>();
  let lastSeq = (head?.next_seq ?? 1) - 1;
  let syncedSeq = 0;
  let dropped = 0;
  let listener: (() => void) | null = null;

  const addEvent = (seq: number, event: DoorEvent): string => {
    const text = eventText(seq, JSON.stringify(event));
    lastSeq = seq;
    events.push({ seq, text });
    eventBytes += frameSize(text);
    return text;
  };
  const countUse = (use: UseCount): void => {
    uses.delete(use.credential_id);
    uses.set(use.credential_id, use);
  };
  const keepLockOut = (readerId: string, kept: KeptLockOut): void => {
    if (kept.wrong_tries === 0) lockOuts.delete(readerId);
    else lockOuts.set(readerId, { wrong_tries: kept.wrong_tries, remaining_ms: kept.remaining_ms });
  };
  const recall = (entry: JournalEntry): void => {
    switch (entry.entry) {
      case 'head':
        for (const use of entry.kept.uses) countUse(use);
        for (const { reader_id, ...kept } of entry.kept.lock_outs) keepLockOut(reader_id, kept);
        panelLog = entry.kept.panel_log ?? null;
        time = entry.kept.time ?? null;
        for (const { door_id, ...kept } of entry.kept.door_modes ?? []) doorModes.set(door_id, kept);
        return;
      case 'event':
        addEvent(entry.seq, entry.event);
        return;
      case 'use': {
        const { entry: _, ...use } = entry;
        countUse(use);
        return;
      }
      case 'lock_out':
        keepLockOut(entry.reader_id, entry);
        return;
      case 'panel_log':
        panelLog = entry.place;
        return;
      case 'time':
        time = { high_water: entry.high_water, doubt: entry.doubt };
        return;
      case 'door_mode': {
        const { entry: _, door_id, ...kept } = entry;
        doorModes.set(door_id, kept);
        return;
      }
    }
  };
  for (const entry of found.entries) recall(entry);
  syncedSeq = lastSeq;
  // A record that was cut off may have been stored by the admin process: its number is never given again.
  if (head !== null) lastSeq += found.cut;

  const forgetUses = (): void => {
    for (const use of uses.values()) {
      if (uses.size <= keptUses) return;
      if (options.isSettled(use)) uses.delete(use.credential_id);
    }
  };
  const headText = (): string => {
    forgetUses();
    const lock_outs = [...lockOuts].map(([reader_id, kept]) => ({ reader_id, ...kept }));
    const next_seq = events[0]?.seq ?? lastSeq + 1;
    const door_modes = [...doorModes].map(([door_id, kept]) => ({ door_id, ...kept }));
    const kept = { uses: [...uses.values()], lock_outs, panel_log: panelLog, time, door_modes };
    const entry: JournalEntry = { entry: 'head', format: 1, journal_id: id, next_seq, kept };
    return JSON.stringify(entry);
  };

  const writer = journalWriter(
    files,
    path,
    clock,
    {
      texts() {
        const text = headText();
        headBytes = frameSize(text);
        return [text, ...events.map((event) => event.text)];
      },
      live: () => headBytes + eventBytes,
      mark: () => lastSeq,
      synced(mark) {
        syncedSeq = mark;
        listener?.();
      },
      trouble: options.trouble,
    },
    found.file,
    found.unreadable ? `${path}.unreadable` : null,
  );

  /** Drops the oldest, a sixteenth at a time, so that each loss is told once and not event by event. */
  const makeRoom = (): void => {
    if (eventBytes <= limit) return;
    let lost = 0;
    while (eventBytes > (limit / 16) * 15) eventBytes -= frameSize(events[lost++]?.text ?? '');
    events = events.slice(lost);
    dropped += lost;
    append({ time: clock.wall(), type: 'journal.overflowed', resource, data: { dropped: lost } });
    writer.shrunk();
  };
  const append = (event: DoorEvent): void => {
    writer.put(addEvent(lastSeq + 1, event));
    makeRoom();
  };

  if (found.cut > 0 || (head === null && options.isExpected === true)) {
    const data = { kept: events.length, cut_bytes: found.cut };
    append({ time: clock.wall(), type: 'journal.damaged', resource, data });
  }

  return {
    id,
    append,
    async countUse(use, withinMs) {
      const before = uses.get(use.credential_id);
      countUse(use);
      const durable = await writer.putDurably(JSON.stringify({ entry: 'use', ...use }), withinMs);
      if (durable || uses.get(use.credential_id) !== use) return durable;
      if (before === undefined) uses.delete(use.credential_id);
      else countUse(before);
      return false;
    },
    used(credentialId, generation) {
      const use = uses.get(credentialId);
      return use?.generation === generation ? use.used : 0;
    },
    keepLockOut(readerId, kept) {
      keepLockOut(readerId, kept);
      const { wrong_tries, remaining_ms } = kept;
      writer.put(JSON.stringify({ entry: 'lock_out', reader_id: readerId, wrong_tries, remaining_ms }));
    },
    lockOut: (readerId) => lockOuts.get(readerId) ?? null,
    keepPanelLog(place) {
      panelLog = place;
      writer.put(JSON.stringify({ entry: 'panel_log', place }));
    },
    panelLog: () => panelLog,
    keepTime(kept) {
      time = kept;
      writer.put(JSON.stringify({ entry: 'time', ...kept }));
    },
    time: () => time,
    async keepDoorMode(door_id, kept, withinMs) {
      doorModes.set(door_id, kept);
      const text = JSON.stringify({ entry: 'door_mode', door_id, ...kept });
      const durable = await writer.putDurably(text, withinMs);
      if (!durable && doorModes.get(door_id) === kept) writer.put(text);
      return durable;
    },
    doorMode: (doorId) => doorModes.get(doorId) ?? null,
    after(seq, max) {
      const from = firstAfter(events, seq);
      const to = Math.min(from + max, firstAfter(events, syncedSeq));
      return events.slice(from, Math.max(from, to)).map(({ seq: number, text }) => {
        return { seq: number, event: (JSON.parse(text) as { event: DoorEvent }).event };
      });
    },
    stored(journalId, seq) {
      if (journalId !== id) return;
      const count = firstAfter(events, Math.min(seq, syncedSeq));
      for (const { text } of events.splice(0, count)) eventBytes -= frameSize(text);
      writer.shrunk();
    },
    onDurable(fn) {
      listener = fn;
    },
    health: () => ({ pending: events.length, bytes: eventBytes, dropped }),
    close: () => writer.close(),
  };
}

/** Position of the first event with a number above `seq`; numbers rise. */
function firstAfter(events: readonly { seq: number }[], seq: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
