import type { Cancel, Clock } from '../core/clock.ts';
import { uuidV7 } from '../core/uuid.ts';
import { type Commit, type FeedEntry, maxTrimmed, type Store } from '../schema/storage.ts';
import type { Directory } from './storage.ts';

const everyMs = 60_000;
/** Times before this one are those of a clock that was never set, and say nothing about an entry's age. */
const firstPlausible = Date.UTC(2024, 0);

/** Who still waits for what: entries after the number are not yet acknowledged. Named for the entry that says who lost some. */
export type Places = ReadonlyMap<string, number>;

/**
 * Up to which entry those too old for anybody to want may go: none that somebody waits for, and of the others those before `keepFrom`
 * (wall milliseconds). `oldest` are the oldest entries kept, in order.
 */
export function agedUpTo(oldest: readonly FeedEntry[], keepFrom: number, places: Places): number {
  const acknowledged = Math.min(Number.POSITIVE_INFINITY, ...places.values());
  let aged = 0;
  for (const { seq, time } of oldest) {
    const at = Date.parse(time);
    if (seq > acknowledged || at >= keepFrom) break;
    if (at >= firstPlausible) aged = seq;
  }
  return aged;
}

/** Entries beyond the limit go a hundredth of it at a time, so that a feed at its limit says so seldom. */
export function overflowUpTo(trimmed: number, newest: number, maxEntries: number): number {
  return newest - trimmed > maxEntries ? newest - maxEntries + Math.ceil(maxEntries / 100) : 0;
}

/**
 * Drops the oldest entries of the feed, in slices through the commit queue: what is acknowledged by all and old, and when there are too
 * many the oldest, even if somebody waits for them. Then the feed says `feed.truncated` and who is behind.
 */
export function feedRetention(parts: {
  store: Pick<Store, 'feed' | 'feedSeq' | 'feedTrimmed'>;
  directory: Pick<Directory, 'commit'>;
  limits: { keep_ms: number; max_entries: number };
  places(): Places;
  clock: Clock;
  /** Whether the wall clock is believed: nothing goes by an age that may be wrong. */
  believed(): boolean;
  random(bytes: number): Uint8Array;
  failed(error: unknown): void;
}): { close(): void } {
  const { store, directory, limits, places, clock, random } = parts;
  let closed = false;
  let cancel: Cancel = () => {};

  const drop = async (upTo: number): Promise<void> => {
    for (;;) {
      const from = store.feedTrimmed();
      if (closed || from >= upTo) return;
      const trim = Math.min(upTo, from + maxTrimmed);
      await directory.commit({ changes: [], feed: [], trim });
      if (store.feedTrimmed() === from) return;
    }
  };

  const dropAged = async (): Promise<void> => {
    while (parts.believed()) {
      const keepFrom = clock.wall() - limits.keep_ms;
      // Mostly the oldest is young, and one is enough to read.
      const [first] = await store.feed(store.feedTrimmed(), 1);
      if (first === undefined || Date.parse(first.time) >= keepFrom) return;
      const oldest = await store.feed(store.feedTrimmed(), maxTrimmed);
      // The newest entry stays.
      const upTo = Math.min(agedUpTo(oldest, keepFrom, places()), store.feedSeq() - 1);
      if (closed || upTo <= store.feedTrimmed()) return;
      await drop(upTo);
    }
  };

  const dropOverflow = async (): Promise<void> => {
    const from = store.feedTrimmed();
    const upTo = overflowUpTo(from, store.feedSeq(), limits.max_entries);
    if (upTo === 0) return;
    const behind = [...places()].flatMap(([name, seq]) => (seq < upTo ? [name] : []));
    // Said first: should the process end between the slices, the feed has said more than it did, never less.
    if (behind.length > 0) await directory.commit(truncated(from + 1, upTo, behind));
    await drop(upTo);
  };

  const truncated = (from_seq: number, to_seq: number, behind: string[]): Commit => ({
    changes: [],
    feed: [
      {
        id: uuidV7(clock.wall(), random(10)),
        type: 'feed.truncated',
        time: new Date(clock.wall()).toISOString(),
        resource: 'feed/entries',
        revision: null,
        data: { from_seq, to_seq, behind },
      },
    ],
  });

  const look = async (): Promise<void> => {
    try {
      await dropAged();
      await dropOverflow();
    } catch (error) {
      parts.failed(error);
    }
    if (!closed) cancel = clock.after(everyMs, () => void look());
  };
  cancel = clock.after(everyMs, () => void look());

  return {
    close() {
      closed = true;
      cancel();
    },
  };
}
