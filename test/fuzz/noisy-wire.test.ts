import { expect, it } from 'vitest';
import { noisyWire } from '../reader/osdp/noisy-wire.ts';

it.each([false, true])('half a million exchanges over a noisy wire (secure: %s)', (secure) => {
  for (let seed = 1_000; seed < 1_050; seed++) {
    expect(noisyWire(10_000, seed, secure).slowestRecovery).toBeLessThanOrEqual(3);
  }
});
