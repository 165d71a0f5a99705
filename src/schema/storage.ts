import type { Confirmation } from '../core/confirmation.ts';
import type { Slot } from '../core/slot.ts';
import type { KnownHolder } from '../core/slot-holder.ts';
import type { Access, DoorGroup, StoredApiKey, StoredCredential, User } from './record.ts';
import type { ScheduleHorizon, StoredHoliday, StoredSchedule } from './schedule.ts';
import type { StoredTimetable } from './timetable.ts';
import type { StoredWebhook } from './webhook.ts';

/** What the admin process asks of its database: records, the feed, and how far the door journal is kept. */

/** The kinds of stored objects, with their record types. */
export interface Records {
  user: User;
  credential: StoredCredential;
  access: Access;
  door_group: DoorGroup;
  schedule: StoredSchedule;
  holiday: StoredHoliday;
  timetable: StoredTimetable;
  horizon: ScheduleHorizon;
  api_key: StoredApiKey;
  webhook: StoredWebhook;
  holder: KnownHolder;
  slot: Slot;
  confirmation: Confirmation;
}
export type RecordKind = keyof Records;

/**
 * One record put (`after`) or removed (`after` null). `before` is null when it is new: the store takes that at its word, counts one more, and
 * would find itself damaged at the next start; the directory refuses it of a record that is there.
 */
export type Change = {
  [K in RecordKind]: { kind: K; id: string; before: Records[K] | null; after: Records[K] | null };
}[RecordKind];

/** What people manage: each change of it is told in the feed as a whole. */
export type ManagedKind = Exclude<RecordKind, 'horizon' | 'holder' | 'slot' | 'confirmation'>;
export type ManagedChange = Extract<Change, { kind: ManagedKind }>;

/** Whether a change is one of the records the doors' table is made of: devices, and what they keep in their slots, are not. */
export const concernsTable = ({ kind }: Pick<Change, 'kind'>): boolean =>
  kind !== 'holder' && kind !== 'slot' && kind !== 'confirmation';

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

/** How far a named consumer has acknowledged the feed. */
export interface FeedConsumer {
  /** Entries up to this one are acknowledged. */
  seq: number;
  created_at: string;
  acknowledged_at: string;
}

/** How far a webhook has got. Times are wall milliseconds. */
export interface DeliveryProgress {
  /** Entries up to this one were taken up: delivered, of no interest, or in `open`. */
  seq: number;
  open: readonly OpenDelivery[];
  /** Since when nothing has got through; null: the last attempt did. */
  failing_since: number | null;
}

export interface OpenDelivery {
  seq: number;
  id: string;
  resource: string;
  /** Attempts that failed. */
  attempts: number;
  next_at: number;
  /** Stands for all entries after `seq`: the receiver is told that it is behind. */
  behind: boolean;
}

/** How the scheduled backups go. Times are wall milliseconds. */
export interface BackupStanding {
  attempted_at: number;
  /** The last that was made; `file` is its name in the directory. */
  made: { at: number; file: string; bytes: number } | null;
  /** The last that was restored in a drill. */
  drilled: { at: number; file: string } | null;
  /** Null: the last attempt went well. */
  failure: { at: number; what: 'backup' | 'drill'; detail: string } | null;
}

/** What is kept beside the records and in none of their revisions. The only `backup` is called `scheduled`. */
export interface Marks {
  consumer: FeedConsumer;
  delivery: DeliveryProgress;
  backup: BackupStanding;
}
/** One mark put, or removed (`value` null). `id` holds no `/`. */
export type Mark = { [K in keyof Marks]: { kind: K; id: string; value: Marks[K] | null } }[keyof Marks];

/** All that one change writes: one atomic, synced batch. The feed entries get their numbers from the store. */
export interface Commit {
  changes: readonly Change[];
  feed: readonly Omit<FeedEntry, 'seq'>[];
  marks?: readonly Mark[];
  /** Feed entries up to this one go; the newest stays, whatever is said. At most `maxTrimmed` more than went before. */
  trim?: number;
  /** The door journal is stored up to here. */
  journal?: { journal_id: string; seq: number };
  /** Answer to an idempotency key, kept with the change it answers; null: none is kept any more. */
  idempotency?: { key: string; answer: IdempotentAnswer | null };
}

/** Feed entries that one commit may remove: keeps its batch small. */
export const maxTrimmed = 500;

export interface IdempotentAnswer {
  /** Hash of method, path and body. */
  request: string;
  /** HTTP status; 0: it was begun, and nothing more is known. */
  status: number;
  body: unknown;
  /** Wall milliseconds. */
  at: number;
}

export interface Committed {
  /** Running number of the commit. */
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
  /** The feed holds the entries after this one, up to `feedSeq`. */
  feedTrimmed(): number;
  /**
   * Number of the last commit that changed a record of the table (`concernsTable`), kept in the same batch: the revision of
   * the table at the doors. Other commits leave it, so that a restart need not send the table again.
   */
  recordsRevision(): number;
  /** Every record, read in slices that leave the event loop free. */
  load(each: (change: Change) => void): Promise<void>;
  /** Resolves when durable. Rejects with `storage_unavailable`: then neither this nor any later waiting commit happened. */
  commit(commit: Commit): Promise<Committed>;
  /** Whether the disk takes no writes now. The next commit tries whether it does again. */
  refusing(): boolean;
  /** Feed entries after `seq`, oldest first, at most `limit`. */
  feed(after: number, limit: number): Promise<FeedEntry[]>;
  /** All marks of a kind by id. */
  marks<K extends keyof Marks>(kind: K): Promise<Map<string, Marks[K]>>;
  /** How far the journal of this id is stored; 0 when nothing of it is. */
  journalSeq(journalId: string): Promise<number>;
  idempotent(key: string): Promise<IdempotentAnswer | null>;
  close(): Promise<void>;
}
