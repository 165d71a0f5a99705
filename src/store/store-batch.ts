import { type Commit, type Committed, concernsTable, maxTrimmed } from '../schema/storage.ts';
import { nextLink, operationHash } from './chain.ts';
import type { Operation } from './database.ts';
import { encode, type Head } from './record-codec.ts';
import * as keys from './store-key.ts';
import { entryHash, tallyBook } from './tally.ts';

/** Several commits in order: what they write, the numbers they leave in the head, and each commit's own. */
export interface StoreBatch {
  operations: Operation[];
  /** Keys that may be there already: their values must be known to seal the batch. New records and entries of the feed are not. */
  replaced: ReadonlySet<string>;
  head: Head;
  committed: Committed[];
}

/** Numbers the commits and their feed entries from `before` on. Later operations on a key win, as in LevelDB. */
export function storeBatch(before: Head, commits: readonly Commit[]): StoreBatch {
  const operations: Operation[] = [];
  const replaced = new Set<string>();
  const put = (key: string, value: unknown, isNew = false): void => {
    if (!isNew) replaced.add(key);
    operations.push({ type: 'put', key, value: encode(value) });
  };
  const del = (key: string): void => {
    replaced.add(key);
    operations.push({ type: 'del', key });
  };
  const head: Head = { ...before };
  const committed = commits.map((commit): Committed => {
    head.revision += 1;
    if (commit.changes.some(concernsTable)) head.records_revision = head.revision;
    for (const change of commit.changes) {
      const key = keys.recordKey(change.kind, change.id);
      if (change.after === null) del(key);
      else put(key, change.after, change.before === null);
    }
    for (const entry of commit.feed) {
      head.feed_seq += 1;
      put(keys.feedKey(head.feed_seq), { seq: head.feed_seq, ...entry }, true);
    }
    for (const { kind, id, value } of commit.marks ?? []) {
      if (value === null) del(keys.markKey(kind, id));
      else put(keys.markKey(kind, id), value);
    }
    const trimmed = Math.min(commit.trim ?? 0, head.feed_seq - 1, head.feed_trimmed + maxTrimmed);
    while (head.feed_trimmed < trimmed) {
      head.feed_trimmed += 1;
      del(keys.feedKey(head.feed_trimmed));
    }
    if (commit.journal !== undefined) put(keys.journalKey(commit.journal.journal_id), commit.journal.seq);
    if (commit.idempotency !== undefined) {
      const { key, answer } = commit.idempotency;
      if (answer === null) del(keys.answerKey(key));
      else {
        put(keys.answerKey(key), answer);
        put(keys.answeredKey(answer.at, key), null);
      }
    }
    return { revision: head.revision, feed_seq: head.feed_seq };
  });
  return { operations, replaced, head, committed };
}

/**
 * The whole batch: the operations, the head with tallies and chain as they are after it, and the chain's link. Links before `sealed`,
 * the revision of the sealed head on the disk, go.
 * @param before values of the keys that are replaced; absent for those that are not there
 */
export function sealedBatch(
  head: Head,
  operations: readonly Operation[],
  before: ReadonlyMap<string, string>,
  links: readonly number[],
  sealed: number,
): { operations: Operation[]; head: Head; links: number[] } {
  const book = tallyBook(head.tallies);
  const hashes = operations.map(operationHash);
  for (const [key, value] of before) book.remove(key, entryHash(key, value));
  for (const [key, i] of lastOfEach(operations)) {
    if (operations[i]?.type === 'put') book.add(key, hashes[i] ?? '');
  }
  const after: Head = { ...head, tallies: book.tallies(), chain: nextLink(head.chain, operations, hashes) };
  const gone = links.filter((revision) => revision < sealed);
  return {
    head: after,
    links: [...links.slice(gone.length), after.revision],
    operations: [
      ...operations,
      ...gone.map((revision) => ({ type: 'del' as const, key: keys.linkKey(revision) })),
      { type: 'put', key: keys.linkKey(after.revision), value: after.chain },
      { type: 'put', key: keys.headKey, value: encode(after) },
    ],
  };
}

/** By key, where the operation is that counts. */
const lastOfEach = (operations: readonly Operation[]): Map<string, number> =>
  new Map(operations.map(({ key }, i) => [key, i]));
