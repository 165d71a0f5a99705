import type { Cancel, Clock } from '../../core/clock.ts';

/** Writes down what changes often, one write at a time. */
export interface Saver {
  /** There is something to be written, within `saveMs`. */
  soon(): void;
  /** Writes what is still to be written, and nothing after. */
  close(): Promise<void>;
}

/** How long a change may stay in memory only. */
const saveMs = 1_000;
const retryMs = 5_000;

/** `write` writes the state of the moment. What fails is told and tried again. */
export function saver(parts: {
  clock: Clock;
  write(): Promise<unknown>;
  failed(error: unknown): void;
}): Saver {
  let cancel: Cancel | null = null;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  const write = async (): Promise<void> => {
    cancel = null;
    try {
      await parts.write();
    } catch (error) {
      parts.failed(error);
      later(retryMs);
    }
  };
  const next = (): void => {
    writing = writing.then(write);
  };
  const later = (ms: number): void => {
    if (!closed) cancel ??= parts.clock.after(ms, next);
  };

  return {
    soon: () => later(saveMs),
    async close() {
      closed = true;
      if (cancel !== null) {
        cancel();
        next();
      }
      await writing;
    },
  };
}
