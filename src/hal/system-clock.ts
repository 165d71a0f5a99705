import type { Clock } from '../core/clock.ts';

/** The longest delay a Node timer takes; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** The machine's own clock. Timers keep the process alive and never fire early. */
export function systemClock(): Clock {
  return {
    wall: () => Date.now(),
    mono: () => performance.now(),
    after(ms, fn) {
      const due = performance.now() + ms;
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        const left = Math.ceil(due - performance.now());
        timer = left > 0 ? setTimeout(wait, Math.min(left, longestTimer)) : setTimeout(fn, 0);
      };
      // Most timers are short: they are set once and call `fn` directly.
      if (ms <= longestTimer) timer = setTimeout(fn, Math.max(0, Math.ceil(ms)));
      else wait();
      return () => clearTimeout(timer);
    },
  };
}
