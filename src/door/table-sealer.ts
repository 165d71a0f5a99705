import type { Cancel, Clock } from '../core/clock.ts';

/** Says when the sealed table is written: after changes have settled, one write at a time. */
export interface TableSealer {
  /** The table has changed. */
  changed(): void;
  /**
   * Calls `done` when the table as it now is, or a later one, is written; at once where it is. It is written now, or after the
   * wait that follows a failure.
   */
  whenWritten(done: () => void): void;
  /** Writes now what is not yet written, for an orderly stop. Resolves to false when that failed. */
  flush(): Promise<boolean>;
}

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

/**
 * Writes `quietMs` after the last change, but no later than `latestMs` after the first that is not written. A failed write is
 * reported and repeated after 1 s, doubling to 60 s; a write that succeeds after a failure is reported with null.
 */
export function tableSealer(options: {
  clock: Clock;
  write: () => Promise<void>;
  report: (failure: unknown) => void;
  quietMs?: number;
  latestMs?: number;
}): TableSealer {
  const { clock, write, report, quietMs = 2_000, latestMs = 30_000 } = options;
  let unwrittenSince: number | null = null;
  let failures = 0;
  let retryAt = 0;
  let cancel: Cancel | null = null;
  let writing: Promise<boolean> | null = null;
  let waiting: (() => void)[] = [];

  function arm(): void {
    cancel?.();
    cancel = null;
    if (unwrittenSince === null || writing !== null) return;
    const now = clock.mono();
    const wanted = waiting.length > 0 ? now : Math.min(now + quietMs, unwrittenSince + latestMs);
    const due = failures > 0 ? retryAt : wanted;
    cancel = clock.after(Math.max(0, due - now), () => void begin());
  }

  function begin(): Promise<boolean> {
    cancel?.();
    cancel = null;
    const since = unwrittenSince;
    unwrittenSince = null;
    const served = waiting;
    waiting = [];
    writing = write()
      .then(
        () => {
          if (failures > 0) report(null);
          failures = 0;
          for (const done of served) done();
          return true;
        },
        (failure: unknown) => {
          unwrittenSince = since;
          waiting = [...served, ...waiting];
          retryAt = clock.mono() + Math.min(firstRetryMs * 2 ** failures, longestRetryMs);
          failures += 1;
          report(failure);
          return false;
        },
      )
      .finally(() => {
        writing = null;
        arm();
      });
    return writing;
  }

  return {
    changed() {
      unwrittenSince ??= clock.mono();
      if (failures === 0) arm();
    },
    whenWritten(done) {
      if (unwrittenSince === null && writing === null) {
        done();
        return;
      }
      // Of a write under way nobody knows here what it has read already.
      unwrittenSince ??= clock.mono();
      waiting.push(done);
      if (failures === 0 && writing === null) void begin();
    },
    async flush() {
      if (writing !== null) await writing;
      const written = unwrittenSince === null || (await begin());
      cancel?.();
      return written;
    },
  };
}
