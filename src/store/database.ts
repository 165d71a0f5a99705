import { AppError } from '../core/error.ts';
import type { KeyRange } from './store-key.ts';

export type Operation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

/** What the store needs of an abstract-level database of strings. */
export interface Database {
  get(key: string): Promise<string | undefined>;
  getMany(keys: string[]): Promise<(string | undefined)[]>;
  /** Writes all or nothing; with `sync`, resolves when the disk has it. */
  batch(operations: Operation[], options: { sync: boolean }): Promise<void>;
  iterator(range: KeyRange & { limit?: number; reverse?: boolean }): Cursor;
  /** Opens again after `close`; never makes a new one. */
  open(options: { createIfMissing: boolean }): Promise<void>;
  close(): Promise<void>;
}

interface Cursor {
  /** The next entries; none at the end. */
  nextv(size: number): Promise<[string, string][]>;
  close(): Promise<void>;
}

/** The database as one that is read beside its one writer: what cannot be read is `storage_unavailable`. */
export function readable(database: Database): Pick<Database, 'get' | 'iterator'> {
  return {
    get: (key) => database.get(key).catch(unreadable),
    iterator(range) {
      try {
        const cursor = database.iterator(range);
        return { nextv: (size) => cursor.nextv(size).catch(unreadable), close: () => cursor.close() };
      } catch (error) {
        return unreadable(error);
      }
    },
  };
}

function unreadable(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new AppError('storage_unavailable', `the database cannot be read now: ${why}`, { cause });
}

/** Entries read in one slice: 27 ms for 1,000 was measured, so this stays well under 10. */
const sliceSize = 250;

/** Everything in a range in order, in slices between which others run. */
export async function* entries(
  database: Pick<Database, 'iterator'>,
  range: KeyRange & { limit?: number; reverse?: boolean },
): AsyncGenerator<[string, string]> {
  const cursor = database.iterator(range);
  try {
    for (;;) {
      const slice = await cursor.nextv(sliceSize);
      if (slice.length === 0) return;
      yield* slice;
    }
  } finally {
    await cursor.close();
  }
}
