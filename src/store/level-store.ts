import { AppError } from '../core/error.ts';
import type {
  Change,
  Commit,
  Committed,
  FeedEntry,
  IdempotentAnswer,
  Marks,
  Store,
} from '../schema/storage.ts';
import { commitQueue } from './commit-queue.ts';
import { type Database, entries, readable } from './database.ts';
import { mendingDatabase } from './mending-database.ts';
import {
  damaged,
  decode,
  decodeRecord,
  emptyHead,
  encode,
  type Head,
  type Identity,
} from './record-codec.ts';
import { storeBatch } from './store-batch.ts';
import * as keys from './store-key.ts';

/**
 * The store on an open database, which it owns from now on. An empty database becomes a store named by `newId()`.
 * Throws `state_dir_unusable` when what the last commit counted is not there: LevelDB drops what it cannot read
 * without a word.
 * @param mayOpen whether a database that has failed to write may be opened again now
 */
export async function openStore(
  opened: Database,
  newId: () => string,
  mayOpen: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<Store> {
  const identity = await readIdentity(opened, newId);
  let head = await readHead(opened);
  const database = mendingDatabase(opened, mayOpen);

  const write = async (commits: readonly Commit[]): Promise<readonly Committed[]> => {
    const batch = storeBatch(head, commits);
    const expired = await expiredAnswers(database, commits);
    // The head comes last: by it a batch is known.
    await database.batch([...expired, ...batch.operations], { sync: true });
    head = batch.head;
    return batch.committed;
  };
  const queue = commitQueue(write);
  const reads = readable(database);

  return {
    id: identity.id,
    revision: () => head.revision,
    feedSeq: () => head.feed_seq,
    feedTrimmed: () => head.feed_trimmed,
    recordsRevision: () => head.records_revision,
    async load(each) {
      const counts = { ...emptyHead.counts };
      for await (const [key, value] of entries(reads, keys.recordRange)) {
        const change: Change = decodeRecord(key, value);
        counts[change.kind] += 1;
        each(change);
      }
      if (encode(counts) !== encode(head.counts)) {
        throw damaged(`it holds ${encode(counts)} and should hold ${encode(head.counts)}`);
      }
    },
    commit: (commit) => queue.push(commit),
    refusing: () => database.refusing(),
    async feed(after, limit) {
      const found: FeedEntry[] = [];
      for await (const [key, value] of entries(reads, { ...keys.feedAfter(after), limit })) {
        found.push(decode<FeedEntry>(key, value));
      }
      return found;
    },
    async marks<K extends keyof Marks>(kind: K) {
      const found = new Map<string, Marks[K]>();
      for await (const [key, value] of entries(reads, keys.marksOf(kind))) {
        found.set(keys.idOfMark(key), decode<Marks[K]>(key, value));
      }
      return found;
    },
    async journalSeq(journalId) {
      const key = keys.journalKey(journalId);
      const value = await reads.get(key);
      return value === undefined ? 0 : decode<number>(key, value);
    },
    async idempotent(name) {
      const key = keys.answerKey(name);
      const value = await reads.get(key);
      return value === undefined ? null : decode<IdempotentAnswer>(key, value);
    },
    async close() {
      await queue.close();
      await database.close();
    },
  };
}

async function readIdentity(database: Database, newId: () => string): Promise<Identity> {
  const found = await database.get(keys.identityKey);
  if (found !== undefined) {
    const identity = decode<Identity>(keys.identityKey, found);
    if (identity.format === 1) return identity;
    throw new AppError(
      'state_dir_unusable',
      `the database has format ${String(identity.format)}, made by a newer Postern; this one knows format 1. Install the newer one`,
    );
  }
  for await (const [key] of entries(database, { gt: '', lt: '\uffff', limit: 1 })) {
    throw damaged(`it holds ${key.split('/')[0]} but not its own name`);
  }
  const identity: Identity = { id: newId(), format: 1 };
  await database.batch(
    [
      { type: 'put', key: keys.identityKey, value: encode(identity) },
      { type: 'put', key: keys.headKey, value: encode(emptyHead) },
    ],
    { sync: true },
  );
  return identity;
}

/** The numbers of the last commit, held against the newest feed entry found. */
async function readHead(database: Database): Promise<Head> {
  const value = await database.get(keys.headKey);
  if (value === undefined) throw damaged('the number of its last commit is missing');
  const read = decode<Head>(keys.headKey, value);
  // A database from before a kind of record, or before the feed was trimmed, has none of them.
  const head = { ...emptyHead, ...read, counts: { ...emptyHead.counts, ...read.counts } };
  let newest = 0;
  for await (const [key] of entries(database, { ...keys.feedRange, reverse: true, limit: 1 })) {
    newest = keys.feedSeqOfKey(key);
  }
  if (newest !== head.feed_seq) {
    throw damaged(`its feed ends at ${newest} and should end at ${head.feed_seq}`);
  }
  for await (const [key] of entries(database, { ...keys.feedRange, limit: 1 })) {
    const oldest = keys.feedSeqOfKey(key);
    if (oldest === head.feed_trimmed + 1) break;
    throw damaged(`its feed begins at ${oldest} and should begin at ${head.feed_trimmed + 1}`);
  }
  return head;
}

/** How long the answer to an idempotency key is kept. */
const answerLifeMs = 24 * 3600 * 1000;

/** Answers too old by the time of a new one: nobody else knows the hour here. */
async function expiredAnswers(database: Database, commits: readonly Commit[]) {
  const at = commits.findLast((commit) => commit.idempotency !== undefined)?.idempotency?.answer.at;
  if (at === undefined || at <= answerLifeMs) return [];
  const gone = [];
  for await (const [key] of entries(database, { ...keys.answeredBefore(at - answerLifeMs), limit: 100 })) {
    gone.push({ type: 'del' as const, key });
    gone.push({ type: 'del' as const, key: keys.answerKey(keys.keyOfAnswered(key)) });
  }
  return gone;
}
