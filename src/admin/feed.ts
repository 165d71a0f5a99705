import type { Cancel, Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { FeedEntry, Store } from '../schema/storage.ts';
import { entryFilter } from './entry-filter.ts';
import { cursorAt, cursorGone, placeOf } from './feed-place.ts';
import type { FeedService } from './feed-port.ts';
import type { Directory } from './storage.ts';

/** Readers that may wait at one time. Each costs one read of the database per commit. */
const maxWaiting = 256;
/** Entries looked through for one answer when a filter matches few: the cursor moves on, and the caller asks again. */
const maxScanned = 5_000;
const pageSize = 500;

export interface Feed extends FeedService {
  /** Ends all waiting readers with what they have. */
  close(): void;
}

/** The feed, read from durable entries only. A cursor names the database (its epoch) and the last entry seen. */
export function feedService(
  store: Pick<Store, 'id' | 'feed' | 'feedSeq' | 'feedTrimmed'>,
  directory: Pick<Directory, 'onCommitted'>,
  clock: Clock,
): Feed {
  const wakes = new Set<() => void>();
  let closed = false;
  const wakeAll = (): void => {
    for (const wake of wakes) wake();
  };
  directory.onCommitted((commit) => {
    if (commit.feed.length > 0) wakeAll();
  });

  /** Resolves at the next commit with entries, at the end of the time, on abort, or on close. */
  const wait = (ms: number, aborted: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      let cancel: Cancel = () => {};
      const done = (): void => {
        cancel();
        wakes.delete(done);
        aborted.removeEventListener('abort', done);
        resolve();
      };
      wakes.add(done);
      aborted.addEventListener('abort', done);
      cancel = clock.after(ms, done);
    });

  /**
   * Matching entries after `after`, up to `limit`, and the last entry looked at. Entries that go while it looks make it stop with what
   * it has, or fail with `cursor_gone` when it has nothing: what it gives has no gap.
   */
  const scan = async (
    after: number,
    limit: number,
    wanted: (type: string) => boolean,
  ): Promise<{ items: FeedEntry[]; at: number }> => {
    const items: FeedEntry[] = [];
    let at = after;
    while (at < store.feedSeq() && at - after < maxScanned) {
      const page = await store.feed(at, pageSize);
      if (page[0]?.seq !== at + 1) {
        if (items.length > 0) break;
        throw cursorGone();
      }
      for (const entry of page) {
        at = entry.seq;
        if (wanted(entry.type) && items.push(entry) === limit) return { items, at };
      }
    }
    return { items, at };
  };

  return {
    cursor: (seq = store.feedSeq()) => cursorAt(store, seq),
    async read(query, aborted) {
      const until = clock.mono() + query.waitMs;
      const wanted = entryFilter(query.types);
      let at = query.after === null ? store.feedTrimmed() : placeOf(store, query.after);
      for (;;) {
        const from = at;
        const found = await scan(from, query.limit, wanted);
        at = found.at;
        const more = at < store.feedSeq();
        // Something came between the end of the scan and now, and may match.
        if (more && found.items.length === 0 && at - from < maxScanned && !aborted.aborted && !closed)
          continue;
        const left = until - clock.mono();
        if (found.items.length > 0 || more || left <= 0 || aborted.aborted || closed) {
          return { items: found.items, cursor: cursorAt(store, at), more };
        }
        if (wakes.size >= maxWaiting) {
          throw new AppError(
            'too_many_requests',
            `at most ${maxWaiting} readers may wait for the feed at a time`,
          );
        }
        await wait(left, aborted);
      }
    },
    close() {
      closed = true;
      wakeAll();
    },
  };
}
