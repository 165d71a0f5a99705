import { type Commit, type Committed, concernsTable, maxTrimmed } from '../schema/storage.ts';
import { nextLink } from './chain.ts';
import type { Operation } from './database.ts';
import { encode, type Head } from './record-codec.ts';
import * as keys from './store-key.ts';
import { tallyBook } from './tally.ts';

/** Several commits in order: what they write, the numbers they leave in the head, and each commit's own. */
export interface StoreBatch {
  operations: Operation[];
  head: Head;
  committed: Committed[];
}

/** Numbers the commits and their feed entries from `before` on. Later operations on a key win, as in LevelDB. */
export function storeBatch(before: Head, commits: readonly Commit[]): StoreBatch {
  const operations: Operation[] = [];
  const put = (key: string, value: unknown): void => {
    operations.push({ type: 'put', key, value: encode(value) });
  };
  const head: Head = { ...before };
  const committed = commits.map((commit): Committed => {
    head.revision += 1;
    if (commit.changes.some(concernsTable)) head.records_revision = head.revision;
    for (const change of commit.changes) {
      const key = keys.recordKey(change.kind, change.id);
      if (change.after === null) operations.push({ type: 'del', key });
      else put(key, change.after);
    }
    for (const entry of commit.feed) {
      head.feed_seq += 1;
      put(keys.feedKey(head.feed_seq), { seq: head.feed_seq, ...entry });
    }
    for (const { kind, id, value } of commit.marks ?? []) {
      if (value === null) operations.push({ type: 'del', key: keys.markKey(kind, id) });
      else put(keys.markKey(kind, id), value);
    }
    const trimmed = Math.min(commit.trim ?? 0, head.feed_seq - 1, head.feed_trimmed + maxTrimmed);
    while (head.feed_trimmed < trimmed) {
      head.feed_trimmed += 1;
      operations.push({ type: 'del', key: keys.feedKey(head.feed_trimmed) });
    }
    if (commit.journal !== undefined) put(keys.journalKey(commit.journal.journal_id), commit.journal.seq);
    if (commit.idempotency !== undefined) {
      const { key, answer } = commit.idempotency;
      if (answer === null) operations.push({ type: 'del', key: keys.answerKey(key) });
      else {
        put(keys.answerKey(key), answer);
        put(keys.answeredKey(answer.at, key), null);
      }
    }
    return { revision: head.revision, feed_seq: head.feed_seq };
  });
  return { operations, head, committed };
}

/** The keys whose values before a batch must be known to seal it: entries of the feed are new, unless they go. */
export function touchedKeys(operations: readonly Operation[]): string[] {
  const old = operations.filter(({ type, key }) => type === 'del' || !keys.isFeedKey(key));
  return [...new Set(old.map(({ key }) => key))];
}

/**
 * The whole batch: the operations, the head with tallies and chain as they are after it, and the chain's link. Links before `sealed`,
 * the revision of the sealed head on the disk, go.
 * @param before values of the touched keys; absent for those that are not there
 */
export function sealedBatch(
  head: Head,
  operations: readonly Operation[],
  before: ReadonlyMap<string, string>,
  links: readonly number[],
  sealed: number,
): { operations: Operation[]; head: Head; links: number[] } {
  const book = tallyBook(head.tallies);
  for (const [key, value] of before) book.remove(key, value);
  for (const [key, { type, value }] of lastOfEach(operations)) if (type === 'put') book.add(key, value);
  const after: Head = { ...head, tallies: book.tallies(), chain: nextLink(head.chain, operations) };
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

const lastOfEach = (operations: readonly Operation[]) =>
  new Map(operations.map((one) => [one.key, { type: one.type, value: one.type === 'put' ? one.value : '' }]));
