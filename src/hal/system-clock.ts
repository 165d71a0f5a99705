import type { Clock } from '../core/clock.ts';

/** The longest delay a Node timer takes; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * The machine's own clock. Timers keep the process alive and never fire early by `mono`: those of Node count in whole milliseconds of
 * another clock, and are up to one too soon.
 */
export function systemClock(): Clock {
  return {
    wall: () => Date.now(),
    mono: () => performance.now(),
    after(ms, fn) {
      const due = performance.now() + ms;
      const wait = (left: number): NodeJS.Timeout =>
        setTimeout(fired, Math.min(Math.max(0, Math.ceil(left)), longestTimer));
      const fired = (): void => {
        const left = due - performance.now();
        if (left > 0) timer = wait(left);
        else fn();
      };
      let timer = wait(ms);
      return () => clearTimeout(timer);
    },
  };
}
