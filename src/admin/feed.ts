import type { Cancel, Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { FeedEntry, Store } from '../schema/storage.ts';
import type { FeedService } from './ports.ts';
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
  store: Pick<Store, 'id' | 'feed' | 'feedSeq'>,
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

  const cursorAt = (seq: number): string => Buffer.from(`${store.id} ${seq}`).toString('base64url');

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

  /** Matching entries after `after`, up to `limit`, and the last entry looked at. */
  const scan = async (
    after: number,
    limit: number,
    wanted: (type: string) => boolean,
  ): Promise<{ items: FeedEntry[]; at: number }> => {
    const items: FeedEntry[] = [];
    let at = after;
    while (at < store.feedSeq() && at - after < maxScanned) {
      const newest = store.feedSeq();
      const page = await store.feed(at, pageSize);
      // Nothing is kept of what was there.
      if (page.length === 0) at = newest;
      for (const entry of page) {
        at = entry.seq;
        if (wanted(entry.type) && items.push(entry) === limit) return { items, at };
      }
    }
    return { items, at };
  };

  return {
    cursor: () => cursorAt(store.feedSeq()),
    async read(query, aborted) {
      const until = clock.mono() + query.waitMs;
      const wanted = typeFilter(query.types);
      let at = query.after === null ? 0 : place(query.after, store.id, store.feedSeq());
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
          return { items: found.items, cursor: cursorAt(at), more };
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

/** The entry a cursor stands at. */
function place(cursor: string, epoch: string, newest: number): number {
  const match = /^(\S+) (0|[1-9]\d{0,14})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) {
    throw new AppError(
      'invalid_cursor',
      'this is no cursor of the feed: use one that an earlier answer gave',
    );
  }
  const seq = Number(match[2]);
  if (match[1] !== epoch || seq > newest) {
    throw new AppError(
      'cursor_gone',
      'the feed this cursor belongs to is gone: read the lists anew and follow from their feed_cursor',
      { members: { snapshot: '/v1/users' } },
    );
  }
  return seq;
}

/** `access.*` takes every type that begins with `access.`; no types take all. */
function typeFilter(types: readonly string[]): (type: string) => boolean {
  if (types.length === 0) return () => true;
  const whole = new Set(types);
  const prefixes = types.filter((type) => type.endsWith('.*')).map((type) => type.slice(0, -1));
  return (type) => whole.has(type) || prefixes.some((prefix) => type.startsWith(prefix));
}
