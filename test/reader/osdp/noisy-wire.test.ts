import { expect, it } from 'vitest';
import { noisyWire } from './noisy-wire.ts';

/** A sample; `npm run fuzz` has a million. */
it.each([false, true])(
  'no noise makes a card, doubles one or keeps a reader silent for more than three polls (secure: %s)',
  (secure) => {
    for (let seed = 1; seed <= 5; seed++) {
      const outcome = noisyWire(2_000, seed, secure);
      expect(outcome.slowestRecovery).toBeLessThanOrEqual(3);
      expect(outcome.mangled).toBeGreaterThan(500);
      expect(outcome.reported).toBeGreaterThan(outcome.presented * 0.8);
    }
  },
);
