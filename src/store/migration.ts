import { AppError } from '../core/error.ts';
import { firstLink } from './chain.ts';
import type { Operation } from './database.ts';
import { damaged, encode, type Head, type Identity } from './record-codec.ts';
import * as keys from './store-key.ts';
import type { Scan } from './store-scan.ts';
import type { Tallies } from './tally.ts';

/** What keys and values mean. A database of a higher one is refused, one of a lower one is brought up step by step. */
export const currentFormat = 2;

/**
 * One step from a format to the next: what it writes in one batch, and what is found afterwards. Throws `storage_damaged` when something
 * is missing: a loss must not be made good.
 */
type Migration = (scan: Scan) => { operations: Operation[]; scan: Scan };

/** By the format they start from. */
const migrations: Readonly<Record<number, Migration>> = { 1: tallied };

/** What brings a database to the current format. */
export interface MigrationPlan {
  /** The format it has; null: today's. */
  from: number | null;
  /** One for each step, to be written in order: what was cut short is planned anew from where it got. */
  batches: readonly Operation[][];
  /** What a scan will find after them. */
  scan: Scan;
}

/**
 * Plans a scanned database's way to the current format. Throws `state_dir_unusable` for one from a newer Postern, and
 * `storage_damaged` where something is missing.
 */
export function migrationPlan(found: Scan): MigrationPlan {
  let scan = found;
  const from = found.identity?.format ?? currentFormat;
  if (from > currentFormat) {
    throw new AppError(
      'state_dir_unusable',
      `the database has format ${from}, made by a newer Postern; this one knows formats up to ${currentFormat}. Install the newer one, or restore a backup from before the upgrade`,
    );
  }
  const batches: Operation[][] = [];
  for (let format = from; format < currentFormat; format++) {
    const migration = migrations[format];
    if (migration === undefined) throw damaged(`it says it has format ${format}, which there never was`);
    const next = migration(scan);
    batches.push(next.operations);
    scan = next.scan;
  }
  return { from: from === currentFormat ? null : from, batches, scan };
}

/** Heads of format 1: numbers of records by kind instead of tallies. */
interface CountingHead extends Omit<Head, 'tallies' | 'chain'> {
  counts: Readonly<Record<string, number>>;
}

/** Format 2: the head holds tallies of all entries, and the chain. */
function tallied(scan: Scan): ReturnType<Migration> {
  if (scan.identity === null || scan.head === null) throw damaged('it does not hold its own name');
  const { revision, records_revision, feed_seq, feed_trimmed, counts } = scan.head as unknown as CountingHead;
  const numbers = { revision, records_revision, feed_seq, feed_trimmed: feed_trimmed ?? 0 };
  const miscounted = Object.entries(counts).filter(([kind, count]) => countOf(scan.tallies, kind) !== count);
  if (miscounted.length > 0) {
    throw damaged(
      miscounted.map(([kind, count]) => `${kind}: ${countOf(scan.tallies, kind)} of ${count}`).join(', '),
    );
  }
  const kept = numbers.feed_seq - numbers.feed_trimmed;
  if (countOf(scan.tallies, 'feed') !== kept) {
    throw damaged(`feed: ${countOf(scan.tallies, 'feed')} of ${kept}`);
  }
  const identity: Identity = { id: scan.identity.id, format: 2 };
  const head: Head = { ...numbers, tallies: scan.tallies, chain: firstLink(identity.id) };
  return {
    operations: [
      { type: 'put', key: keys.identityKey, value: encode(identity) },
      { type: 'put', key: keys.linkKey(revision), value: head.chain },
      { type: 'put', key: keys.headKey, value: encode(head) },
    ],
    scan: { ...scan, identity, head, links: new Map([[revision, head.chain]]) },
  };
}

const countOf = (tallies: Tallies, group: string): number => tallies[group]?.count ?? 0;
