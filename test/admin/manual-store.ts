import { AppError } from '../../src/core/error.ts';
import type {
  Change,
  Commit,
  Committed,
  FeedEntry,
  IdempotentAnswer,
  Store,
} from '../../src/schema/storage.ts';

/** A store in memory whose commits become durable, or fail, when the test says so. */
export interface ManualStore extends Store {
  /** Makes the oldest `count` waiting commits durable, and lets everybody hear of it. */
  sync(count?: number): Promise<void>;
  /** Refuses every waiting commit. */
  fail(): Promise<void>;
  /** From now on each commit is durable at once. */
  automatic(): void;
  readonly waiting: number;
  /** Commits that became durable. */
  readonly commits: readonly Commit[];
}

export function manualStore(id = 'db-1'): ManualStore {
  const records = new Map<string, Change>();
  const feed: FeedEntry[] = [];
  const journals = new Map<string, number>();
  const answers = new Map<string, IdempotentAnswer>();
  const commits: Commit[] = [];
  const waiting: { commit: Commit; resolve(c: Committed): void; reject(error: Error): void }[] = [];
  let recordsRevision = 0;
  let auto = false;

  const store = (commit: Commit): Committed => {
    commits.push(commit);
    if (commit.changes.length > 0) recordsRevision = commits.length;
    for (const change of commit.changes) {
      if (change.after === null) records.delete(`${change.kind}/${change.id}`);
      else records.set(`${change.kind}/${change.id}`, { ...change, before: null });
    }
    for (const entry of commit.feed) feed.push({ seq: feed.length + 1, ...entry });
    if (commit.journal !== undefined) journals.set(commit.journal.journal_id, commit.journal.seq);
    if (commit.idempotency !== undefined) {
      const { key, answer } = commit.idempotency;
      if (answer === null) answers.delete(key);
      else answers.set(key, answer);
    }
    return { revision: commits.length, feed_seq: feed.length };
  };
  const everybodyHears = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    id,
    commits,
    get waiting() {
      return waiting.length;
    },
    revision: () => commits.length,
    feedSeq: () => feed.length,
    feedTrimmed: () => 0,
    recordsRevision: () => recordsRevision,
    load: (each) => {
      for (const change of records.values()) each(change);
      return Promise.resolve();
    },
    commit: (commit) =>
      auto
        ? Promise.resolve(store(commit))
        : new Promise((resolve, reject) => {
            waiting.push({ commit, resolve, reject });
          }),
    refusing: () => false,
    feed: (after, limit) => Promise.resolve(feed.slice(after, after + limit)),
    marks: () => Promise.resolve(new Map()),
    journalSeq: (journalId) => Promise.resolve(journals.get(journalId) ?? 0),
    idempotent: (key) => Promise.resolve(answers.get(key) ?? null),
    close: () => Promise.resolve(),
    async sync(count = waiting.length) {
      for (const { commit, resolve } of waiting.splice(0, count)) resolve(store(commit));
      await everybodyHears();
    },
    async fail() {
      for (const { reject } of waiting.splice(0)) reject(new AppError('storage_unavailable', 'disk full'));
      await everybodyHears();
    },
    automatic() {
      auto = true;
    },
  };
}
