import type { LogPlace } from '../../src/core/panel.ts';

/** What outlives a driver of how far a panel's log is told. Each `next` life is given what the one before has kept. */
export function logPlaces(from: string | null = null): { next(): LogPlace; kept(): string | null } {
  let place = from;
  return {
    next: () => ({
      kept: place,
      keep(at) {
        place = at;
      },
    }),
    kept: () => place,
  };
}
