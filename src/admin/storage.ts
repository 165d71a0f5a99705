import type { Secret } from '../core/secret.ts';
import type { Access, DoorGroup, StoredApiKey, StoredCredential, User } from '../schema/record.ts';

/** What the admin process needs beneath it: the store, the vault; and what it keeps on them: directory and feed. */

/** The kinds of stored objects, with their record types. */
export interface Records {
  user: User;
  credential: StoredCredential;
  access: Access;
  door_group: DoorGroup;
  api_key: StoredApiKey;
}
export type RecordKind = keyof Records;

/** One record put (`after`) or removed (`after` null). `before` is null when it is new. */
export type Change = {
  [K in RecordKind]: { kind: K; id: string; before: Records[K] | null; after: Records[K] | null };
}[RecordKind];

/** One entry of the feed as stored; `seq` counts from 1 in its epoch without a gap. */
export interface FeedEntry {
  seq: number;
  id: string;
  type: string;
  /** ISO 8601, UTC. */
  time: string;
  /** `kind/id` of what it is about. */
  resource: string;
  revision: number | null;
  data: Record<string, unknown>;
}

/** All that one change writes: one atomic, synced batch. The feed entries get their numbers from the store. */
export interface Commit {
  changes: readonly Change[];
  feed: readonly Omit<FeedEntry, 'seq'>[];
  /** The door journal is stored up to here. */
  journal?: { journal_id: string; seq: number };
  /** Answer to an idempotency key, kept with the change it answers. */
  idempotency?: { key: string; answer: IdempotentAnswer };
}

export interface IdempotentAnswer {
  /** Hash of method, path and body. */
  request: string;
  status: number;
  body: unknown;
  /** Wall milliseconds. */
  at: number;
}

export interface Committed {
  /** Running number of the commit: the table's revision. */
  revision: number;
  /** Number of the last feed entry. */
  feed_seq: number;
}

/** The database. Commits are grouped: one synced batch at a time, in the order of the calls. */
export interface Store {
  /** Made with the database; names the table and the feed's epoch. */
  readonly id: string;
  /** Number of the last commit, and of the last feed entry, when last asked. */
  revision(): number;
  feedSeq(): number;
  /** Every record, read in slices that leave the event loop free. */
  load(each: (change: Change) => void): Promise<void>;
  /** Resolves when durable. Rejects with `storage_unavailable`: then neither this nor any later waiting commit happened. */
  commit(commit: Commit): Promise<Committed>;
  /** Feed entries after `seq`, oldest first, at most `limit`. */
  feed(after: number, limit: number): Promise<FeedEntry[]>;
  /** How far the journal of this id is stored; 0 when nothing of it is. */
  journalSeq(journalId: string): Promise<number>;
  idempotent(key: string): Promise<IdempotentAnswer | null>;
  close(): Promise<void>;
}

/** Ciphers and hashes under the site's keys; none of the keys leaves it. */
export interface Vault {
  /** Keyed hash by which a credential is found. `token` for cards, fobs and phones. */
  lookupKey(kind: 'pin' | 'token', value: string): string;
  seal(value: Secret): string;
  /** Rejects what was sealed under another key. */
  unseal(sealed: string): Secret;
  /** Hash of an API key's token. */
  tokenHash(token: string): string;
}

/**
 * All records in memory, with their indexes. Reads see a change as soon as it is made here, before it is durable; nothing
 * is answered or sent to the doors before it is.
 */
export interface Directory {
  readonly users: ReadonlyMap<string, User>;
  readonly credentials: ReadonlyMap<string, StoredCredential>;
  readonly access: ReadonlyMap<string, Access>;
  readonly door_groups: ReadonlyMap<string, DoorGroup>;
  readonly api_keys: ReadonlyMap<string, StoredApiKey>;
  credentialsOf(userId: string): readonly StoredCredential[];
  accessOf(userId: string): readonly Access[];
  /** The credential that holds this lookup key, in whatever state. */
  holderOf(key: string): StoredCredential | undefined;
  byExternalId<K extends 'user' | 'credential' | 'access' | 'door_group'>(
    kind: K,
    externalId: string,
  ): Records[K] | undefined;
  /**
   * Makes the changes in memory at once (so that the next check sees them), commits them, and resolves when durable. When the commit fails
   * they are undone, in reverse order, before it rejects. Checks belong in the same turn, before the call.
   */
  commit(commit: Commit): Promise<Committed>;
  /** Called in order after each durable commit. */
  onCommitted(listener: (commit: Commit, committed: Committed) => void): void;
}

/** The table at the doors. */
export interface TableInForce {
  /** True as soon as the door process goes by this revision or a later one; false after `ms`. */
  waitFor(revision: number, ms: number): Promise<boolean>;
}
