import { AppError } from '../core/error.ts';
import type { Database, Operation } from './database.ts';

/** A database that gets over a disk that fails for a while. */
export interface MendingDatabase extends Database {
  /** Whether writes are refused now, until the disk takes them again. Reads go on. */
  refusing(): boolean;
}

/** A batch whose write failed: the disk has it or not, and only opening again tells. */
interface Doubt {
  operations: Operation[];
  cause: unknown;
  /** What puts everything back as it was before; null: that could not be read. */
  undo: Operation[] | null;
}

/**
 * After a failed write LevelDB's handle refuses every other for ever, and still reads. So it is kept for reading until `mayOpen` says that
 * the disk takes writes; then it is closed and opened, and what has become of the failed batch is read. A batch is told as failed
 * only if it is not there: should it turn up later, it is taken back before anything else is written.
 * @param mayOpen whether to try now; asked by every write while writes are refused
 * @param synced makes what opening has renamed durable; while it rejects, writes are refused
 */
export function mendingDatabase(
  database: Database,
  mayOpen: () => Promise<boolean>,
  synced: () => Promise<void> = () => Promise.resolve(),
): MendingDatabase {
  let doubt: Doubt | null = null;
  /** Readers wait while it is closed. */
  let opening: Promise<void> = Promise.resolve();
  let closed = false;

  const reopen = async (): Promise<boolean> => {
    if (closed || !(await mayOpen())) return false;
    const opened = database.close().then(() => database.open({ createIfMissing: false }));
    opening = opened.catch(() => {});
    return opened.then(synced).then(
      () => true,
      () => false,
    );
  };

  /** The failed write was told as such: takes it back if it is there. Throws while the disk does not take writes. */
  const mend = async (past: Doubt): Promise<void> => {
    if (!(await reopen())) throw past.cause;
    if (await holds(database, past.operations)) {
      if (past.undo === null) throw overtaken(past.cause);
      await database.batch(past.undo, { sync: true });
    }
    doubt = null;
  };

  return {
    refusing: () => doubt !== null,
    async get(key) {
      await opening;
      return database.get(key);
    },
    async getMany(keys) {
      await opening;
      return database.getMany(keys);
    },
    async batch(operations, options) {
      if (doubt !== null) await mend(doubt);
      try {
        await database.batch(operations, options);
      } catch (cause) {
        const undo = await undoOf(database, operations).catch(() => null);
        doubt = { operations, cause, undo };
        if (!(await reopen())) throw cause;
        const stored = await holds(database, operations);
        doubt = null;
        if (!stored) throw cause;
      }
    },
    iterator(range) {
      let cursor: ReturnType<Database['iterator']> | null = null;
      return {
        async nextv(size) {
          await opening;
          cursor ??= database.iterator(range);
          return cursor.nextv(size);
        },
        close: async () => cursor?.close(),
      };
    },
    open: (options) => database.open(options),
    async close() {
      closed = true;
      await opening;
      await database.close();
    },
  };
}

/** Whether the batch is in the database. The last thing each writes is the number of its commit, which no other has. */
async function holds(database: Database, operations: readonly Operation[]): Promise<boolean> {
  const last = operations.findLast((operation) => operation.type === 'put');
  return last !== undefined && (await database.get(last.key)) === last.value;
}

/** What puts the keys of a batch back to what they are now. */
async function undoOf(database: Database, operations: readonly Operation[]): Promise<Operation[]> {
  const keys = [...new Set(operations.map(({ key }) => key))];
  const undo: Operation[] = [];
  for (const key of keys) {
    const value = await database.get(key);
    undo.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
  }
  return undo;
}

function overtaken(cause: unknown): AppError {
  return new AppError(
    'storage_unavailable',
    'a change that was refused when the disk failed is stored after all; the admin process must start again to see it',
    { cause },
  );
}
