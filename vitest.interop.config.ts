import { defineConfig } from 'vitest/config';

/** Tests against programs that Debian packages (`socat`, `python3-pymodbus`); `.ci/run` installs them. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    fileParallelism: false,
  },
});
