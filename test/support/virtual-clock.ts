import type { Cancel, Clock } from '../../src/core/clock.ts';

export interface VirtualClock extends Clock {
  /** Moves both clocks on by `ms`, firing timers in order, each at its own instant. */
  advance(ms: number): void;
  /** Moves both clocks on at once, as for a process that was not run meanwhile: timers come late, in order, each of those due once. */
  leap(ms: number): void;
  /** Steps the wall clock only, as NTP or a person would. */
  stepWall(ms: number): void;
  /** How long until the next timer; null when there is none. */
  untilNext(): number | null;
}

/** Time that moves only when a test moves it. Starts at 2026-03-02T09:00Z, a Monday. */
export function virtualClock(start = Date.UTC(2026, 2, 2, 9)): VirtualClock {
  let mono = 0;
  let offset = start;
  let count = 0;
  const timers = new Map<number, { due: number; order: number; fn: () => void }>();
  const next = () => [...timers].sort(([, a], [, b]) => a.due - b.due || a.order - b.order)[0];
  return {
    wall: () => mono + offset,
    mono: () => mono,
    after(ms, fn): Cancel {
      const order = ++count;
      timers.set(order, { due: mono + Math.max(0, ms), order, fn });
      return () => timers.delete(order);
    },
    advance(ms) {
      const end = mono + ms;
      for (let first = next(); first !== undefined && first[1].due <= end; first = next()) {
        timers.delete(first[0]);
        mono = Math.max(mono, first[1].due);
        first[1].fn();
      }
      mono = end;
    },
    leap(ms) {
      mono += ms;
      this.advance(0);
    },
    stepWall(ms) {
      offset += ms;
    },
    untilNext: () => {
      const first = next();
      return first === undefined ? null : Math.max(0, first[1].due - mono);
    },
  };
}
