import { defineConfig } from 'vitest/config';

/** Processes that are killed, power that is cut, disks that fail: minutes of work. Needs `npm run build`, and gcc for the disk shim. */
export default defineConfig({
  test: { include: ['test/crash/**/*.test.ts'], pool: 'forks', fileParallelism: false },
});
