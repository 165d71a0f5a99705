import { type Change, type Commit, type Committed, concernsTable, maxTrimmed } from '../schema/storage.ts';
import type { Operation } from './database.ts';
import { encode, type Head } from './record-codec.ts';
import * as keys from './store-key.ts';

/** One atomic batch of several commits, in order: what it writes, what it leaves as the head, and each commit's numbers. */
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
  const head: Head = { ...before, counts: { ...before.counts } };
  const committed = commits.map((commit): Committed => {
    head.revision += 1;
    if (commit.changes.some(concernsTable)) head.records_revision = head.revision;
    for (const change of commit.changes) {
      const key = keys.recordKey(change.kind, change.id);
      if (change.after === null) operations.push({ type: 'del', key });
      else put(key, change.after);
      head.counts[change.kind] += step(change);
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
      put(keys.answerKey(key), answer);
      put(keys.answeredKey(answer.at, key), null);
    }
    return { revision: head.revision, feed_seq: head.feed_seq };
  });
  put(keys.headKey, head);
  return { operations, head, committed };
}

/** How many records more there are after a change. */
const step = ({ before, after }: Change): number => (after === null ? 0 : 1) - (before === null ? 0 : 1);
