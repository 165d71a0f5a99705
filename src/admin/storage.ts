import type { Confirmation } from '../core/confirmation.ts';
import type { Secret } from '../core/secret.ts';
import type { Slot } from '../core/slot.ts';
import type { KnownHolder } from '../core/slot-holder.ts';
import type { Access, DoorGroup, StoredApiKey, StoredCredential, User } from '../schema/record.ts';
import type { ScheduleHorizon, StoredHoliday, StoredSchedule } from '../schema/schedule.ts';
import type { Change, Commit, Committed, RecordKind, Records } from '../schema/storage.ts';
import type { StoredTimetable } from '../schema/timetable.ts';
import type { StoredWebhook } from '../schema/webhook.ts';

/** What the admin process keeps on the store (schema/storage.ts): the vault, the directory, and the table at the doors. */

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
  readonly schedules: ReadonlyMap<string, StoredSchedule>;
  readonly holidays: ReadonlyMap<string, StoredHoliday>;
  readonly timetables: ReadonlyMap<string, StoredTimetable>;
  /** One, or none yet. */
  readonly horizon: ReadonlyMap<string, ScheduleHorizon>;
  readonly api_keys: ReadonlyMap<string, StoredApiKey>;
  readonly webhooks: ReadonlyMap<string, StoredWebhook>;
  /** The devices that keep codes: those of the site file, and those that have left it. */
  readonly holders: ReadonlyMap<string, KnownHolder>;
  readonly slots: ReadonlyMap<string, Slot>;
  readonly confirmations: ReadonlyMap<string, Confirmation>;
  /** All ids of a kind, in order. */
  ids(kind: RecordKind): readonly string[];
  credentialsOf(userId: string): readonly StoredCredential[];
  accessOf(userId: string): readonly Access[];
  /** The credential that holds this lookup key, in whatever state. */
  holderOf(key: string): StoredCredential | undefined;
  /** Slots of a device by number, as far as they have a story. */
  slotsOf(holderId: string): ReadonlyMap<number, Slot>;
  /** Slots that may hold a code of ours with this lookup key, whosever it was. */
  slotsHolding(key: string): Iterable<Slot>;
  confirmationsOf(credentialId: string): readonly Confirmation[];
  /** Rows of a device by id. */
  confirmationsAt(holderId: string): ReadonlyMap<string, Confirmation>;
  byExternalId<
    K extends
      | 'user'
      | 'credential'
      | 'access'
      | 'door_group'
      | 'schedule'
      | 'holiday'
      | 'timetable'
      | 'webhook',
  >(kind: K, externalId: string): Records[K] | undefined;
  /**
   * Makes the changes in memory at once (so that the next check sees them), commits them, and resolves when durable. When the commit fails
   * they are undone, in reverse order, before it rejects. Checks belong in the same turn, before the call. `also` is asked in
   * that turn for what follows from the changes, and becomes part of the commit; when it throws, nothing is changed. `answer` is asked
   * after that, for what a repeated request is told.
   */
  commit(commit: Commit, also?: () => Consequences, answer?: () => Commit['idempotency']): Promise<Committed>;
  /** Tries changes and what follows from them, has a look at how all is then and at all of them, and takes all back. Throws what `also` throws. */
  rehearse(
    changes: readonly Change[],
    also: () => Consequences,
    look: (changes: readonly Change[]) => void,
  ): void;
  /** Resolves with the number of the last commit when all made so far are durable; rejects when one of them failed. */
  settled(): Promise<number>;
  /** Called in order after each durable commit. */
  onCommitted(listener: (commit: Commit, committed: Committed) => void): void;
}

/** What follows from a change, to be stored with it. */
export type Consequences = Pick<Commit, 'changes' | 'feed'>;

/** The table at the doors. */
export interface TableInForce {
  /**
   * True as soon as the doors refuse whomever the changes up to this durable commit shut out (what they give more may still be
   * on its way); false after `ms`.
   */
  waitFor(revision: number, ms: number): Promise<boolean>;
}
