/** One measured goal of the table that `npm run bench` prints. `met` is null where there is nothing to hold it against. */
export interface BenchLine {
  /** Such as `S1`. */
  goal: string;
  what: string;
  target: string;
  measured: string;
  met: boolean | null;
}
