/** Stops a timer; harmless when it has already fired. */
export type Cancel = () => void;

/**
 * Time as an argument. `wall` judges schedules and validity and may jump; `mono` measures timeouts and
 * strikes and never does.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z, as the system believes. */
  wall(): number;
  /** Milliseconds since some fixed moment; never steps. */
  mono(): number;
  /** Calls `fn` once, `ms` (0 or more, any length) from now by `mono`. */
  after(ms: number, fn: () => void): Cancel;
}
