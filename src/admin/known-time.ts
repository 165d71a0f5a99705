import type { Clock } from '../core/clock.ts';
import type { DoorsStatus } from '../core/status.ts';

/** What the door process knows of the wall clock, for those here who judge by it. */
export interface KnownTime {
  seen(status: DoorsStatus): void;
  /** The wall clock is believed; false until the door process has said so. */
  believed(): boolean;
  /** The later of now and what is known to be past (wall ms): judges ends of validity. */
  latest(): number;
}

/**
 * @param parts.pushing whether anything is sent whose receivers judge by its time
 * @param parts.doubted told once while the clock is not right and something is pushed
 */
export function knownTime(parts: {
  clock: Pick<Clock, 'wall'>;
  pushing(): boolean;
  doubted(why: string): void;
}): KnownTime {
  let known: DoorsStatus['clock'] | null = null;
  let told = false;
  return {
    seen({ clock }) {
      known = clock;
      const why = clock.doubt ?? (clock.synced === false ? 'not_synchronized' : null);
      if (why === null) told = false;
      else if (!told && parts.pushing()) {
        told = true;
        parts.doubted(why);
      }
    },
    believed: () => known?.doubt === null,
    latest: () => Math.max(parts.clock.wall(), known?.high_water ?? 0),
  };
}
