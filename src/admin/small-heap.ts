import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 let this process's heap grow in small steps, and give back what it does not need: call once, first of all.
 * On the command line the flag would also hold the young generation at 1 MB, whatever else is said there, and half the time of a busy
 * API would go into collecting it: what waits for the disk survives, and is moved, again and again.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
}
