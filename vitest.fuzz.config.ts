import { defineConfig } from 'vitest/config';

/** A million exchanges with a reader over a noisy wire: half a minute of computing, a sample of which is in `npm test`. */
export default defineConfig({
  test: { include: ['test/fuzz/**/*.test.ts'], pool: 'forks', testTimeout: 600_000 },
});
