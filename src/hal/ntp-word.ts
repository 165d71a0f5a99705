import { type BigIntStats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { NtpWord } from '../core/trusted-time.ts';

/** What there is at a path; undefined when there is nothing. Throws when it cannot be looked at. */
export type Look = (path: string) => Pick<BigIntStats, 'mtimeNs'> | undefined;

const onDisk: Look = (path) => statSync(path, { bigint: true, throwIfNoEntry: false });

/**
 * What a time service says of the clock, by a file that it touches after each comparison, in a directory that is there while it runs:
 * systemd-timesyncd(8), "/run/systemd/timesync/synchronized". It must not outlive the machine's run. Under /run it is memory, and looking
 * waits for no disk.
 */
export function ntpWord(file: string, look: Look = onDisk): NtpWord {
  try {
    const touched = look(file);
    if (touched !== undefined) return { says: 'synchronized', mark: Number(touched.mtimeNs / 1_000_000n) };
    return { says: look(dirname(file)) === undefined ? 'unknown' : 'unsynchronized' };
  } catch {
    return { says: 'unknown' };
  }
}
