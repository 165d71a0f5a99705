import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { openLevel } from '../open-level.ts';
import { readSealedHead } from '../sealed-head.ts';
import { scanDatabase } from '../store-scan.ts';
import { differences, type Tallies } from '../tally.ts';
import { differenceText, faultText, verdictOn } from '../verdict.ts';
import { unusable } from './chunk-cipher.ts';
import type { BackupPart } from './content.ts';
import { restoreStore } from './restored-store.ts';

/**
 * Restores a backup into an empty directory as a restore would, and looks at what comes of it: every record is there as it was, and the
 * database is sound. Throws `backup_unusable` and what the disk says.
 * @returns how many entries the restored database holds
 */
export async function drilled(
  directory: string,
  content: AsyncIterable<BackupPart>,
  clock: Clock,
  random: (size: number) => Uint8Array,
): Promise<{ entries: number }> {
  const headKey = createSecretKey(random(32));
  let should: Tallies | null = null;
  const watched = (async function* () {
    for await (const part of content) {
      if (part.is === 'tail') should = part.tail.tallies;
      yield part;
    }
  })();
  const parts = { directory, headKey, clock, id: 'drill', devices: null, told: [] };
  await restoreStore(parts, watched);
  const database = await openLevel(join(directory, 'database'), clock);
  const scan = await scanDatabase(database).finally(() => database.close());
  const sealed = await readSealedHead(join(directory, 'store.head'), headKey);
  const verdict = verdictOn(scan, sealed, null);
  if (verdict.kind === 'damaged') throw failed(verdict.faults.map(faultText));
  const differ = differences(recordsOf(should ?? {}), recordsOf(scan.tallies));
  if (differ.length > 0) throw failed(differ.map(differenceText));
  return { entries: scan.entries };
}

/** What is the same in a restored database: the feed is counted anew, and its readers are left out. */
function recordsOf(tallies: Tallies): Tallies {
  const changed = new Set(['feed', 'mark', 'journal', 'answer', 'answered']);
  return Object.fromEntries(Object.entries(tallies).filter(([group]) => !changed.has(group)));
}

const failed = (why: readonly string[]) =>
  unusable(`what was restored of it is not whole: ${why.join('; ')}`);
