/** What a lock should be doing, and what its read-back says it does. */
export type LockState = 'secured' | 'released';

/**
 * How a command to a lock ended. `ok` means the board echoed it and the read-back agrees; anything unproved is a failure
 * and keeps the raw bytes where there were any (hex).
 */
export type LockOutcome =
  | { ok: true }
  | {
      ok: false;
      code: 'lock_offline' | 'lock_refused' | 'lock_mismatch' | 'unknown_result';
      detail: string;
      raw?: string;
    };

export type LockReport =
  | { type: 'online' }
  | { type: 'offline'; reason: string }
  /** The output's read-back, reported when it changes and once after every `online`. */
  | { type: 'output'; state: LockState }
  /** The read-back is not what was last commanded and nobody asked for that. The driver re-secures, never re-releases. */
  | { type: 'mismatch'; wanted: LockState; found: LockState }
  | { type: 'contact'; open: boolean }
  | { type: 'exit_button'; pressed: boolean }
  | { type: 'tamper'; active: boolean }
  /** Something on the wire that nobody asked for or nobody can explain. */
  | { type: 'unexpected'; detail: string; raw: string };

export interface LockHealth {
  online: boolean;
  output: LockState | null;
  exchanges: number;
  timeouts: number;
  damaged: number;
}

/** All locks of one line. Names are the locks' names in the site file. */
export interface LockBus {
  /**
   * Begins to poll. Each lock's wanted state is `secured` until told otherwise: the output is read first and written only if
   * it differs.
   */
  start(report: (lock: string, report: LockReport) => void): void;
  /**
   * Drives the output now, ahead of all polling; the bytes leave in this call if the line is idle.
   * `released` for `strikeMs` (100 to 600000): a board with a timed output is given the time; on others the
   * caller must say `secured` when the time is over. Never repeats a release by itself.
   */
  release(lock: string, strikeMs: number): Promise<LockOutcome>;
  /**
   * Lets the output stand released for `ms` (as `strikeMs`), for which the caller says it again before they are over. Where the board
   * keeps no time, an output that reads released is not written. Never repeated by the driver.
   */
  hold(lock: string, ms: number): Promise<LockOutcome>;
  /** Secures the output, if its read-back is not already secured. May be repeated by the driver until proved. */
  secure(lock: string): Promise<LockOutcome>;
  health(lock: string): LockHealth;
  /** Finishes the exchange in flight, then closes the line. Sets no output: the caller has done that. */
  close(): Promise<void>;
}

/** Discrete inputs read over a lock bus for someone else (a panel's dry contact). */
export interface InputBank {
  /**
   * Reads `count` inputs of a unit every `everyMs`, from `first`, counted from 0 as in the site file. Bits in order; `null` when a
   * read failed, and in the same rhythm while the unit or the line is known to be dead.
   */
  watch(
    unit: number,
    first: number,
    count: number,
    everyMs: number,
    seen: (bits: readonly boolean[] | null) => void,
  ): void;
}
