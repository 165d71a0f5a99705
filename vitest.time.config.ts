import { defineConfig } from 'vitest/config';

/** The minute oracle over all zones and twenty years: some minutes of work, a sample of which is in `npm test`. */
export default defineConfig({
  test: { include: ['test/time/**/*.test.ts'], pool: 'forks', testTimeout: 60_000, reporters: ['dot'] },
});
