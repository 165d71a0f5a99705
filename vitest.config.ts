import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/crash/**'],
    pool: 'forks',
    testTimeout: 20_000,
  },
});
