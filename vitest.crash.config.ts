import { defineConfig } from 'vitest/config';

/** Power that is lost again and again: some minutes of work, a sample of which is in `npm test`. Needs `npm run build`. */
export default defineConfig({
  test: { include: ['test/crash/**/*.test.ts'], pool: 'forks', fileParallelism: false },
});
