import type { KeyRange } from './store-key.ts';

export type Operation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

/** What the store needs of an abstract-level database of strings. */
export interface Database {
  get(key: string): Promise<string | undefined>;
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

/** Entries read in one slice: 27 ms for 1,000 was measured, so this stays well under 10. */
const sliceSize = 250;

/** Everything in a range in order, in slices between which others run. */
export async function* entries(
  database: Database,
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
