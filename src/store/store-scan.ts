import { AppError } from '../core/error.ts';
import { type Database, entries } from './database.ts';
import { decode, decodeRecord, type Head, type Identity } from './record-codec.ts';
import * as keys from './store-key.ts';
import { entryHash, type Tallies, tallyBook } from './tally.ts';

/** Everything that was found in a database, without its values. */
export interface Scan {
  /** Null: there is none, or it cannot be read. */
  identity: Identity | null;
  head: Head | null;
  tallies: Tallies;
  /** Entries, of whatever kind. */
  entries: number;
  /** The chain at earlier commits, by revision, oldest first. */
  links: ReadonlyMap<number, string>;
  /** Keys whose values cannot be read; the first hundred. */
  unreadable: readonly string[];
}

const maxUnreadable = 100;

/**
 * Reads every entry, in slices that leave the event loop free. What cannot be read as what its key says is counted, and named in the
 * answer. Rejects when the database itself does.
 */
export async function scanDatabase(database: Pick<Database, 'iterator'>): Promise<Scan> {
  const book = tallyBook();
  const links = new Map<number, string>();
  const unreadable: string[] = [];
  let identity: Identity | null = null;
  let head: Head | null = null;
  let count = 0;

  const readable = <T>(key: string, read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (unreadable.length < maxUnreadable) unreadable.push(key);
      return null;
    }
  };

  for await (const [key, value] of entries(database, keys.wholeRange)) {
    count += 1;
    const link = keys.revisionOfLink(key);
    if (link !== null) links.set(link, value);
    else if (key === keys.identityKey) identity = readable(key, () => decode<Identity>(key, value));
    else if (key === keys.headKey) head = readable(key, () => decode<Head>(key, value));
    else {
      book.add(key, entryHash(key, value));
      if (keys.isRecordKey(key)) readable(key, () => decodeRecord(key, value));
    }
  }
  return { identity, head, tallies: book.tallies(), entries: count, links, unreadable };
}
