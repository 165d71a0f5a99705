import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BenchLine } from './bench-line.ts';

/**
 * S6: how long the door process's event loop stands still while a whole table comes over the Link and replaces one as big. The door's end is a
 * process of its own with the young generation that `keepPausesShort` gives the real one; after the start of tsx it comes too late here.
 */
export async function run(): Promise<BenchLine[]> {
  const door = fork(new URL('./table-swap-door.ts', import.meta.url), {
    execArgv: [...process.execArgv, '--max-semi-space-size=1'],
  });
  const [lines] = (await once(door, 'message')) as [BenchLine[]];
  return lines;
}
