import { AppError } from '../core/error.ts';
import type { Store } from '../schema/storage.ts';

/** What of the store says which places in the feed there are. */
export type FeedExtent = Pick<Store, 'id' | 'feedSeq' | 'feedTrimmed'>;

/** A place in the feed, right after an entry: the database (the feed's epoch) and the entry's number. Opaque to others. */
export function cursorAt({ id }: FeedExtent, seq: number): string {
  return Buffer.from(`${id} ${seq}`).toString('base64url');
}

/**
 * The entry a cursor stands after. Throws `invalid_cursor` for what is none, `cursor_gone` when the entries after it are not all
 * there: another database, or trimmed meanwhile.
 */
export function placeOf(feed: FeedExtent, cursor: string): number {
  const match = /^(\S+) (0|[1-9]\d{0,14})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) {
    throw new AppError(
      'invalid_cursor',
      'this is no cursor of the feed: use one that an earlier answer gave',
    );
  }
  const seq = Number(match[2]);
  if (match[1] !== feed.id || seq > feed.feedSeq() || seq < feed.feedTrimmed()) throw cursorGone();
  return seq;
}

export function cursorGone(): AppError {
  return new AppError(
    'cursor_gone',
    'the feed this cursor belongs to is gone: read the lists anew and follow from their feed_cursor',
    { members: { snapshot: '/v1/users' } },
  );
}
