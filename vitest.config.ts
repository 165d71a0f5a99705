import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/crash/**', 'test/time/**', 'test/fuzz/**'],
    pool: 'forks',
    // Half of the time is waiting for real processes: two at once, even on two cores, where the default is one.
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
