/** Slows those who learn codes by guessing: so many hits in a window, then nothing until the oldest has aged. */
export interface ClashLimit {
  /** Milliseconds until `who` may try again; 0: now. `now` is monotonic milliseconds. */
  waitMs(who: string, now: number): number;
  /** `who` has learnt that a value is (or is not) in use. */
  clash(who: string, now: number): void;
}

/** More than `max` clashes within `windowMs` are too many. Memory is bounded by the number of callers. */
export function clashLimit(max = 10, windowMs = 60_000): ClashLimit {
  /** The newest clashes of each caller, at most one more than allowed. */
  const recent = new Map<string, number[]>();
  return {
    waitMs(who, now) {
      const times = recent.get(who);
      const oldest = times?.[0];
      if (times === undefined || oldest === undefined || times.length <= max) return 0;
      return Math.max(0, oldest + windowMs - now);
    },
    clash(who, now) {
      const times = (recent.get(who) ?? []).filter((time) => now - time < windowMs);
      times.push(now);
      recent.set(who, times.slice(-(max + 1)));
    },
  };
}
