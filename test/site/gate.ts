import type { Clock } from '../../src/core/clock.ts';
import type { JournalFiles } from '../../src/door/journal-file.ts';
import type { Carrier } from '../../src/link/window.ts';
import type { Database } from '../../src/store/database.ts';

/**
 * What stands between a half of the site and the world, as signals do for a process: stopped, nothing of it happens until it goes on;
 * cut, nothing of it ever happens again.
 */
export interface Gate {
  clock(clock: Clock): Clock;
  carrier(carrier: Carrier): Carrier;
  database(database: Database): Database;
  journalFiles(files: JournalFiles): JournalFiles;
  /** Runs it when the gate is open. */
  pass(fn: () => void): void;
  stop(): void;
  go(): void;
  cut(): void;
}

export function gate(): Gate {
  let state: 'open' | 'stopped' | 'cut' = 'open';
  let held: (() => void)[] = [];

  const pass = (fn: () => void): void => {
    if (state === 'open') fn();
    else if (state === 'stopped') held.push(fn);
  };
  /** A call that is made, and answered, only while the gate is open. */
  const call = <T>(make: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      pass(() => {
        make().then(
          (value) => pass(() => resolve(value)),
          (error: unknown) => pass(() => reject(error)),
        );
      });
    });

  return {
    pass,
    clock: (clock) => ({ ...clock, after: (ms, fn) => clock.after(ms, () => pass(fn)) }),
    carrier: (carrier) => ({
      post: (envelope) => pass(() => carrier.post(envelope)),
      receive(taken, down) {
        carrier.receive(
          (envelope) => pass(() => taken(envelope)),
          (reason) => pass(() => down(reason)),
        );
      },
      close: () => carrier.close(),
    }),
    database: (database) => ({
      get: (key) => call(() => database.get(key)),
      getMany: (keys) => call(() => database.getMany(keys)),
      batch: (operations, options) => call(() => database.batch(operations, options)),
      iterator(range) {
        const cursor = database.iterator(range);
        return { nextv: (size) => call(() => cursor.nextv(size)), close: () => call(() => cursor.close()) };
      },
      // The data outlives each half: it is opened and closed by the test.
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
    journalFiles: (files) => ({
      read: (path) => call(() => files.read(path)),
      extend: (path) => call(() => files.extend(path)),
      create: (path) => call(() => files.create(path)),
      rename: (from, to) => call(() => files.rename(from, to)),
      syncDirectoryOf: (path) => call(() => files.syncDirectoryOf(path)),
    }),
    stop() {
      if (state === 'open') state = 'stopped';
    },
    go() {
      if (state !== 'stopped') return;
      state = 'open';
      for (const fn of held.splice(0)) fn();
    },
    cut() {
      state = 'cut';
      held = [];
    },
  };
}
