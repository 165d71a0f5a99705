import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/crash/**', 'test/time/**'],
    pool: 'forks',
    testTimeout: 20_000,
  },
});
