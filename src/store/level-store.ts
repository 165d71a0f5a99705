import type { Commit, Committed, FeedEntry, IdempotentAnswer, Marks, Store } from '../schema/storage.ts';
import { commitQueue } from './commit-queue.ts';
import { type Database, entries, type Operation, readable } from './database.ts';
import { mendingDatabase } from './mending-database.ts';
import { currentFormat } from './migration.ts';
import {
  damaged,
  decode,
  decodeRecord,
  encode,
  firstHead,
  type Head,
  type Identity,
} from './record-codec.ts';
import type { HeadKeeper } from './sealed-head.ts';
import { sealedBatch, storeBatch } from './store-batch.ts';
import * as keys from './store-key.ts';
import type { Scan } from './store-scan.ts';

/** Where a store begins: what a scan found, and nothing is missing of it. */
export interface SoundDatabase {
  id: string;
  head: Head;
  /** Revisions whose links of the chain are there, oldest first. */
  links: readonly number[];
}

/** What of a store lies outside the database. */
export interface StoreSurroundings {
  /** Whether a database that has failed to write may be opened again now; without it always. */
  mayOpen?: () => Promise<boolean>;
  /** Makes durable what opening it again has renamed; without it nothing is done. */
  synced?: () => Promise<void>;
  /** Keeps the sealed head. */
  keeper: HeadKeeper;
}

/** Makes an empty database one that holds nothing but its name. */
export async function begin(database: Database, id: string): Promise<SoundDatabase> {
  const head = firstHead(id);
  const identity: Identity = { id, format: currentFormat };
  const operations: Operation[] = [
    { type: 'put', key: keys.identityKey, value: encode(identity) },
    { type: 'put', key: keys.headKey, value: encode(head) },
  ];
  await database.batch(operations, { sync: true });
  return { id, head, links: [] };
}

/** What of a sound scan the store goes on from. */
export function soundDatabase({ identity, head, links }: Scan): SoundDatabase {
  if (identity === null || head === null) throw damaged('it does not hold its own name');
  return { id: identity.id, head, links: [...links.keys()] };
}

/** The store on a database that was scanned and is sound. It owns the database and the keeper from now on. */
export function storeOn(
  opened: Database,
  start: SoundDatabase,
  { mayOpen = () => Promise.resolve(true), synced, keeper }: StoreSurroundings,
): Store {
  const database = mendingDatabase(opened, mayOpen, synced);
  let { head, links } = start;
  if (head.revision > keeper.sealed()) keeper.committed(head);

  const write = async (commits: readonly Commit[]): Promise<readonly Committed[]> => {
    const batch = storeBatch(head, commits);
    const expired = await expiredAnswers(database, commits);
    const operations = [...expired, ...batch.operations];
    const before = await valuesOf(database, [...batch.replaced, ...expired.map(({ key }) => key)]);
    // Where a store began there may be no link, and the sealed head may stand there for a second yet.
    const first: Operation[] = links.includes(head.revision)
      ? []
      : [{ type: 'put', key: keys.linkKey(head.revision), value: head.chain }];
    const known = first.length === 0 ? links : [...links, head.revision];
    const sealed = sealedBatch(batch.head, operations, before, known, keeper.sealed());
    await database.batch([...first, ...sealed.operations], { sync: true });
    ({ head, links } = sealed);
    keeper.committed(head);
    return batch.committed;
  };
  const queue = commitQueue(write);
  const reads = readable(database);

  return {
    id: start.id,
    revision: () => head.revision,
    feedSeq: () => head.feed_seq,
    feedTrimmed: () => head.feed_trimmed,
    recordsRevision: () => head.records_revision,
    async load(each) {
      for await (const [key, value] of entries(reads, keys.recordRange)) each(decodeRecord(key, value));
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
      await keeper.close();
      await database.close();
    },
  };
}

/** Of the keys that are there, their values. */
async function valuesOf(database: Database, wanted: string[]): Promise<ReadonlyMap<string, string>> {
  const values = wanted.length === 0 ? [] : await database.getMany(wanted);
  const found = new Map<string, string>();
  for (const [i, key] of wanted.entries()) {
    const value = values[i];
    if (value !== undefined) found.set(key, value);
  }
  return found;
}

/** How long the answer to an idempotency key is kept. */
const answerLifeMs = 24 * 3600 * 1000;

/** Answers too old by the time of a new one: nobody else knows the hour here. */
async function expiredAnswers(database: Database, commits: readonly Commit[]) {
  const at = commits.findLast(({ idempotency }) => idempotency?.answer != null)?.idempotency?.answer?.at;
  if (at === undefined || at <= answerLifeMs) return [];
  const eldest = at - answerLifeMs;
  const gone = [];
  for await (const [key] of entries(database, { ...keys.answeredBefore(eldest), limit: 100 })) {
    gone.push({ type: 'del' as const, key });
    const answer = keys.answerKey(keys.keyOfAnswered(key));
    const value = await database.get(answer);
    // Where the old one was dropped, a younger one may have been given under its key.
    const isOld = value !== undefined && decode<IdempotentAnswer>(answer, value).at < eldest;
    if (isOld) gone.push({ type: 'del' as const, key: answer });
  }
  return gone;
}
