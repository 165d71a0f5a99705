import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at its first size (1 MB) for this process: call once in the door process, before the rest of the
 * program is even imported, which alone would make it grow to 8 MB and stay so.
 * Rows of an arriving table all survive their first collections, and copying 16 MB of them stands still for 20 to 70 ms; 1 MB takes
 * a few. A decision leaves almost nothing to collect, so that more collections cost it nothing.
 */
export function keepPausesShort(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
