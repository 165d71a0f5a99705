import { test } from 'vitest';
import { killedProgramming } from '../system/killed-programming.ts';

test('a hundred codes, while the daemon is killed fifty times: each is there once', async () => {
  await killedProgramming(50);
}, 600_000);
