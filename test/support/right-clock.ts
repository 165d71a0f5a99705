import type { Clock } from '../../src/core/clock.ts';
import type { ClockKeeper } from '../../src/door/trusted-clock.ts';

/** A wall clock that is never in doubt. */
export const rightClock = (clock: Clock): ClockKeeper => ({
  trusted: () => true,
  latest: () => clock.wall(),
  onChange: () => {},
  start: () => {},
  reset: () => {},
  status: () => ({ synced: true, doubt: null, high_water: clock.wall() }),
  close: () => {},
});
