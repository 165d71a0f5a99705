import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at its first size (1 MB) for this process: call once, before anything else, in the door process.
 * Rows of an arriving table all survive their first collections, and copying 16 MB of them stands still for 20 to 70 ms; 1 MB takes
 * a few. A decision leaves almost nothing to collect, so that more collections cost it nothing.
 */
export function keepPausesShort(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
