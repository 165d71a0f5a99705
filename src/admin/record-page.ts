import { AppError } from '../core/error.ts';
import type { Page, PageQuery } from './ports.ts';
import { positionOf } from './record-index.ts';

/**
 * The next records in the order of their ids that match. The cursor is the id of the last one given, so that a page
 * neither skips nor repeats whatever came or went meanwhile. Throws `invalid_cursor` for a text that is no id.
 */
export function page<T>(
  ids: readonly string[],
  records: Pick<ReadonlyMap<string, T>, 'get'>,
  { limit, after }: PageQuery,
  matches: (record: T) => boolean,
): Omit<Page<T>, 'feed_cursor'> {
  const items: T[] = [];
  let last: string | null = null;
  for (let at = after === null ? 0 : behind(ids, after); at < ids.length; at++) {
    const id = ids[at] ?? '';
    const record = records.get(id);
    if (record === undefined || !matches(record)) continue;
    if (items.length === limit) return { items, next_cursor: last };
    items.push(record);
    last = id;
  }
  return { items, next_cursor: null };
}

function behind(ids: readonly string[], after: string): number {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(after)) {
    throw new AppError('invalid_cursor', 'this is no cursor of a list: use next_cursor of its last page');
  }
  const at = positionOf(ids, after);
  return ids[at] === after ? at + 1 : at;
}
