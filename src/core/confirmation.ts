import type { Evidence } from './holder.ts';

/** Why a row is not confirmed yet. None of these but `retrying` has cost an attempt. */
export const pendingReasons = [
  'queued',
  'device_asleep',
  'device_offline',
  'panel_armed',
  'holder_misconfigured',
  'not_yet_due',
  'retrying',
] as const;
export type PendingReason = (typeof pendingReasons)[number];

/** Why it came to nothing. Only `timeout`, `cancelled` and `changed_on_device` can be helped by asking again. */
export const failedReasons = [
  'timeout',
  'slots_full',
  'duplicate_on_device',
  'rejected_by_device',
  'unsupported_length',
  'unsupported_schedule',
  'unsupported_duress',
  'changed_on_device',
  'cancelled',
] as const;
export type FailedReason = (typeof failedReasons)[number];

/** Why a change has not come to its device though it is due, or will not when it is. */
export const lateReasons = [...pendingReasons, 'slots_full'] as const;
export type LateReason = (typeof lateReasons)[number];

export const maxAttempts = 3;

/**
 * Whether one device holds one credential as it should. Times are wall milliseconds. `pending` is shown grey, `confirmed`
 * green, `failed` red; `removing` is a pending removal, which never fails: it goes on for ever and is `overdue` after three attempts.
 */
export interface Confirmation {
  id: string;
  credential_id: string;
  user_id: string;
  holder_id: string;
  slot: number | null;
  /** Raised by each change of what the device is to hold. A proof of an older one counts for nothing. */
  revision: number;
  confirmed_revision: number | null;
  state: 'pending' | 'confirmed' | 'failed' | 'removing';
  reason: PendingReason | FailedReason | null;
  /** What is proved of this revision, and when. */
  evidence: Partial<Record<Evidence, number>>;
  /** What the device is to hold: the code's keyed hash, for these partitions. */
  key: string;
  partitions: readonly string[];
  attempt: number;
  overdue: boolean;
  /** When the next attempt is due; null: none is planned by the clock, but at the device's next connection. */
  next_attempt_at: number | null;
  /** Last time something was sent for it; a device that connects after it is tried again at once. */
  tried_at: number | null;
  last_error: string | null;
  raw_answer: string | null;
  confirmed_at: number | null;
  /** Changes go out in the order in which they were made. */
  queued_at: number;
  /** Told in the feed that it is late; of one that is not yet due: that it will be. */
  late: boolean;
  /** Counts the changes of this row, and is the revision of its feed entries. */
  seq: number;
}

/** Weakest first, as `evidences` of the port; `local` needs no device and stands by itself. */
const ranks: Record<Evidence, number> = {
  sent: 0,
  acknowledged: 1,
  verified: 2,
  read_back: 3,
  used_at_door: 4,
  local: 5,
};
export const isEnough = (evidence: Evidence, needed: Evidence): boolean => ranks[evidence] >= ranks[needed];

/** A new row for a credential and a device. */
export function newConfirmation(
  given: Pick<Confirmation, 'id' | 'credential_id' | 'user_id' | 'holder_id' | 'key' | 'partitions'>,
  now: number,
): Confirmation {
  return {
    ...given,
    slot: null,
    revision: 1,
    confirmed_revision: null,
    state: 'pending',
    reason: 'queued',
    evidence: {},
    attempt: 0,
    overdue: false,
    next_attempt_at: now,
    tried_at: null,
    last_error: null,
    raw_answer: null,
    confirmed_at: null,
    queued_at: now,
    late: false,
    seq: 1,
  };
}

/** Whether the same request may succeed later, of itself or by asking again. */
export function isRetriable({ state, reason }: Pick<Confirmation, 'state' | 'reason'>): boolean {
  return (
    state !== 'failed' || reason === 'timeout' || reason === 'cancelled' || reason === 'changed_on_device'
  );
}
