import * as nodeFiles from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type TrialFiles = Pick<typeof nodeFiles, 'open' | 'statfs' | 'unlink'>;

/** LevelDB writes up to about 4 MiB when it opens: what its log holds, as a table. */
const neededBytes = 8 * 1024 * 1024;
const firstWaitMs = 1_000;
const lastWaitMs = 15_000;

/**
 * Whether a disk that has failed takes writes again. It is tried with a small synced file at `path` (absolute, of no other use) at most after
 * 1 s, doubling to 15 s; in between the answer is no.
 */
export function diskTrial(path: string, clock: Clock, files: TrialFiles = nodeFiles): () => Promise<boolean> {
  let waitMs = firstWaitMs;
  let notBefore = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.mono() < notBefore) return false;
    const takes = await written(path, files);
    notBefore = takes ? clock.mono() : clock.mono() + waitMs;
    waitMs = takes ? firstWaitMs : Math.min(2 * waitMs, lastWaitMs);
    return takes;
  };
}

async function written(path: string, files: TrialFiles): Promise<boolean> {
  try {
    const file = await files.open(path, 'w', 0o600);
    try {
      await file.writeFile(Buffer.alloc(4096));
      await file.sync();
    } finally {
      await file.close();
    }
    const { bavail, bsize } = await files.statfs(path);
    await files.unlink(path);
    return bavail * bsize >= neededBytes;
  } catch {
    return false;
  }
}
