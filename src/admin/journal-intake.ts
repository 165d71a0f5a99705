import type { Clock } from '../core/clock.ts';
import type { DoorEvent } from '../core/event.ts';
import { uuidV7 } from '../core/uuid.ts';
import type { FromDoor, JournalRecord } from '../link/message.ts';
import type { StoredCredential } from '../schema/record.ts';
import type { Change, Commit, FeedEntry, Store } from '../schema/storage.ts';
import type { Consequences, Directory } from './storage.ts';

/** Stores the door journal: each record in the feed, in order, once, whatever is sent again. */
export interface JournalIntake {
  /** Takes records in their order. Never fails: what the disk refuses is tried again, for ever. */
  take(message: Extract<FromDoor, { type: 'journal' }>): void;
  close(): void;
}

const firstRetryMs = 1_000;
const lastRetryMs = 30_000;
/** So many failures in a row, and each time as many more, are told as being stuck. */
const stuckAfter = 10;

/**
 * One commit per message: feed entries, use counters and the journal position together, so that none is ever ahead of
 * the others. The door process keeps only a few messages unanswered, which bounds what waits here.
 */
export function journalIntake(parts: {
  store: Pick<Store, 'journalSeq'>;
  directory: Pick<Directory, 'credentials' | 'commit'>;
  clock: Clock;
  random(bytes: number): Uint8Array;
  /** What the events of devices that keep codes mean for their slots, and whose code they are about; none where there is none. */
  devices?: {
    take(events: readonly DoorEvent[]): Consequences;
    whose(event: DoorEvent): Record<string, unknown>;
  };
  /** Everything up to this record is durable. */
  stored(journalId: string, seq: number): void;
  /** A commit failed and will be tried again. */
  failed(error: unknown): void;
  /** It has failed for about three minutes, or five more. It is tried on. */
  stuck(error: unknown): void;
}): JournalIntake {
  const { store, directory, clock, random } = parts;
  const waiting: Extract<FromDoor, { type: 'journal' }>[] = [];
  let at: { journalId: string; seq: number } | null = null;
  let working = false;
  let closed = false;
  let failures = 0;

  const storeNext = async (): Promise<void> => {
    const message = waiting[0];
    if (message === undefined) return;
    const journalId = message.journal_id;
    if (at?.journalId !== journalId) at = { journalId, seq: await store.journalSeq(journalId) };
    if (closed) return;
    const place = at;
    const records = message.records.filter(({ seq }) => seq > place.seq);
    const last = records.at(-1);
    if (last !== undefined) {
      await directory.commit(commitOf(journalId, last.seq, records));
      place.seq = last.seq;
    }
    waiting.shift();
    if (!closed) parts.stored(journalId, place.seq);
  };

  const commitOf = (journalId: string, seq: number, records: readonly JournalRecord[]): Commit => {
    const events = records.map(({ event }) => event);
    const also = parts.devices?.take(events) ?? { changes: [], feed: [] };
    return {
      changes: [...usesOf(records), ...also.changes],
      // What became of an order is told as the confirmation it is about.
      feed: [...events.filter(({ type }) => type !== 'slot.result').map(feedEntry), ...also.feed],
      journal: { journal_id: journalId, seq },
    };
  };

  const feedEntry = (event: DoorEvent): Omit<FeedEntry, 'seq'> => ({
    id: uuidV7(clock.wall(), random(10)),
    type: event.type,
    time: new Date(event.time).toISOString(),
    resource: event.resource,
    revision: null,
    data: { ...event.data, ...parts.devices?.whose(event) },
  });

  /** Uses counted at the doors, as changes of their credentials. An older allowance's uses count for nothing. */
  const usesOf = (records: readonly JournalRecord[]): Change[] => {
    const used = new Map<string, { before: StoredCredential; uses: NonNullable<StoredCredential['uses']> }>();
    const granted = records.flatMap(({ event }) => (event.type === 'access.granted' ? [event.data] : []));
    for (const { credential_id: id, use } of granted.flatMap((data) =>
      data.card === undefined ? [data] : [data.card, data],
    )) {
      if (id === null || use === undefined) continue;
      const before = directory.credentials.get(id);
      const known = used.get(id)?.uses ?? before?.uses;
      if (before === undefined || known === null || known === undefined) continue;
      if (known.generation !== use.generation || known.used >= use.used) continue;
      used.set(id, { before, uses: { ...known, used: use.used } });
    }
    const updated_at = new Date(clock.wall()).toISOString();
    return [...used].map(([id, { before, uses }]) => {
      const after = { ...before, uses, revision: before.revision + 1, updated_at };
      return { kind: 'credential', id, before, after };
    });
  };

  const work = (): void => {
    if (working || closed || waiting.length === 0) return;
    working = true;
    storeNext().then(
      () => {
        working = false;
        failures = 0;
        work();
      },
      (error: unknown) => {
        failures += 1;
        parts.failed(error);
        if (failures % stuckAfter === 0) parts.stuck(error);
        clock.after(Math.min(firstRetryMs * 2 ** (failures - 1), lastRetryMs), () => {
          working = false;
          work();
        });
      },
    );
  };

  return {
    take(message) {
      waiting.push(message);
      work();
    },
    close() {
      closed = true;
      waiting.length = 0;
    },
  };
}
