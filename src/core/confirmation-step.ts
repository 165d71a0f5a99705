import {
  type Confirmation,
  type FailedReason,
  isEnough,
  type LateReason,
  maxAttempts,
  type PendingReason,
} from './confirmation.ts';
import type { Evidence } from './holder.ts';

export type ConfirmationEvent =
  /** The device is to hold something else now, or again; not before `due_at`. */
  | { type: 'wanted'; key: string; partitions: readonly string[]; slot: number | null; due_at: number }
  /** It cannot hold what it should; seen before anything is sent. */
  | { type: 'impossible'; reason: FailedReason; detail: string }
  /** It is to hold nothing any more. */
  | { type: 'unwanted' }
  /** Kept as sent. Sent is never confirmed. */
  | { type: 'sent' }
  /** Its slot is being read. */
  | { type: 'asked' }
  /** Nothing was sent, for a reason outside the row. */
  | { type: 'held_up'; reason: PendingReason; retry_at: number | null }
  /** Proof of a revision. */
  | { type: 'proved'; evidence: Evidence; revision: number }
  /** Connected, and yet nothing is proved: an attempt is spent. `evidence`: what there is, too weak as it may be. */
  | { type: 'unproved'; evidence: Evidence | null; detail: string }
  /** The slot was read and shows what must be done: no attempt is spent. */
  | { type: 'looked' }
  /** The device refuses for good. */
  | { type: 'refused'; reason: FailedReason; detail: string; raw: string | null }
  /** Another slot must be found. */
  | { type: 'moved'; slot: number | null }
  /** The slot is proved to hold nothing of ours. */
  | { type: 'emptied' }
  /** An event of the device named the slot. */
  | { type: 'used' }
  /** It waits for longer than people expect, or, not yet due, will have to. */
  | { type: 'late'; waits_for: LateReason }
  | { type: 'retried' }
  | { type: 'cancelled' };

/** What is particular to the device. */
export interface ConfirmationRules {
  confirm_at: Evidence;
}

/** What to tell in the feed: `confirmation.` and this. */
export type Told = Confirmation['state'] | 'removed' | 'late';
export interface ConfirmationStep {
  /** Null: the row is gone. */
  row: Confirmation | null;
  tell: Told | null;
}

/**
 * The second attempt after 30 s, the third, and a removal's further ones, after 2 min: on a line that is always connected. A device that
 * connects or wakes before that is tried at once, one that sleeps is tried when it wakes.
 */
const delaysMs = [30_000, 120_000] as const;

/** One event at one row. Pure: the row is never changed in place. `now` is wall milliseconds. */
export function step(
  row: Confirmation,
  event: ConfirmationEvent,
  now: number,
  rules: ConfirmationRules,
): ConfirmationStep {
  const next = after(row, event, now, rules);
  if (next === null) return { row: null, tell: 'removed' };
  if (next === row) return { row, tell: null };
  const visible =
    next.state !== row.state ||
    next.reason !== row.reason ||
    next.overdue !== row.overdue ||
    (next.state === 'confirmed' && next.confirmed_revision !== row.confirmed_revision);
  const late = next.late && !row.late;
  return { row: { ...next, seq: row.seq + 1 }, tell: late ? 'late' : visible ? next.state : null };
}

function after(
  row: Confirmation,
  event: ConfirmationEvent,
  now: number,
  rules: ConfirmationRules,
): Confirmation | null {
  switch (event.type) {
    case 'wanted': {
      const { key, partitions, slot, due_at } = event;
      const isDue = due_at <= now;
      return {
        ...afresh(row, now),
        state: 'pending',
        reason: isDue ? 'queued' : 'not_yet_due',
        next_attempt_at: isDue ? now : due_at,
        revision: row.revision + 1,
        key,
        partitions,
        slot,
      };
    }
    case 'impossible':
      return failed(row, event.reason, event.detail, null);
    case 'unwanted':
      if (row.state === 'removing') return row;
      return { ...afresh(row, now), state: 'removing', reason: 'queued', revision: row.revision + 1 };
    case 'sent':
      return { ...row, tried_at: now, evidence: { ...row.evidence, sent: now } };
    case 'asked':
      // A confirmed row has nothing to send: its slot is only looked at again.
      return {
        ...row,
        tried_at: now,
        ...(row.state === 'confirmed' && { next_attempt_at: now + delaysMs[0] }),
      };
    case 'held_up': {
      const { reason, retry_at } = event;
      if (row.state === 'failed') return { ...row, next_attempt_at: retry_at };
      if (!isWaiting(row) || (row.reason === reason && row.next_attempt_at === retry_at)) return row;
      return { ...row, reason, next_attempt_at: retry_at };
    }
    case 'proved':
      return row.state === 'removing' || event.revision !== row.revision
        ? row
        : proved(row, event.evidence, now, rules);
    case 'unproved':
      return unproved(row, event, now);
    case 'looked':
      return { ...row, next_attempt_at: now };
    case 'refused':
      return refused(row, event, now);
    case 'moved':
      return { ...row, slot: event.slot, next_attempt_at: now };
    case 'emptied':
      return row.state === 'removing' ? null : { ...row, slot: null, next_attempt_at: null };
    case 'used':
      return row.state === 'removing' || row.state === 'failed'
        ? row
        : proved(row, 'used_at_door', now, rules);
    case 'late':
      return isWaiting(row) && !row.late ? { ...row, late: true } : row;
    case 'retried':
      return row.state === 'failed' || isWaiting(row)
        ? {
            ...afresh(row, now),
            state: row.state === 'removing' ? 'removing' : 'pending',
            ...(row.reason === 'not_yet_due'
              ? { reason: row.reason, next_attempt_at: row.next_attempt_at }
              : { reason: 'queued' }),
            evidence: row.evidence,
            queued_at: row.queued_at,
          }
        : row;
    case 'cancelled':
      if (row.state !== 'pending') return row;
      return {
        ...failed(row, 'cancelled', null, null),
        // By its start it is known again as the change that was cancelled.
        next_attempt_at: row.reason === 'not_yet_due' ? row.next_attempt_at : null,
      };
  }
}

const isWaiting = ({ state }: Confirmation): boolean => state === 'pending' || state === 'removing';

/** As if nothing had been tried yet. */
const afresh = (row: Confirmation, now: number): Confirmation => ({
  ...row,
  evidence: {},
  attempt: 0,
  overdue: false,
  next_attempt_at: now,
  tried_at: null,
  last_error: null,
  raw_answer: null,
  queued_at: now,
  late: false,
});

function proved(row: Confirmation, evidence: Evidence, now: number, rules: ConfirmationRules): Confirmation {
  const known = { ...row, evidence: { ...row.evidence, [evidence]: now } };
  if (row.state === 'confirmed' || !isEnough(evidence, rules.confirm_at)) return known;
  return {
    ...known,
    state: 'confirmed',
    reason: null,
    confirmed_revision: row.revision,
    confirmed_at: now,
    next_attempt_at: null,
    last_error: null,
    raw_answer: null,
    late: false,
  };
}

function failed(
  row: Confirmation,
  reason: FailedReason,
  detail: string | null,
  raw: string | null,
): Confirmation {
  return { ...row, state: 'failed', reason, next_attempt_at: null, last_error: detail, raw_answer: raw };
}

function unproved(
  row: Confirmation,
  { evidence, detail }: Extract<ConfirmationEvent, { type: 'unproved' }>,
  now: number,
): Confirmation {
  const spent: Confirmation = {
    ...row,
    attempt: row.attempt + 1,
    tried_at: now,
    last_error: detail,
    evidence: evidence === null ? row.evidence : { ...row.evidence, [evidence]: now },
  };
  if (row.state === 'pending' && spent.attempt >= maxAttempts) return failed(spent, 'timeout', detail, null);
  const delay = delaysMs[Math.min(spent.attempt, delaysMs.length) - 1] ?? 0;
  return {
    ...spent,
    reason: isWaiting(row) ? 'retrying' : row.reason,
    overdue: row.state === 'removing' && spent.attempt >= maxAttempts,
    next_attempt_at: now + delay,
  };
}

function refused(
  row: Confirmation,
  event: Extract<ConfirmationEvent, { type: 'refused' }>,
  now: number,
): Confirmation {
  const { reason, detail, raw } = event;
  if (row.state === 'pending') return { ...failed(row, reason, detail, raw), attempt: row.attempt + 1 };
  return { ...unproved(row, { type: 'unproved', evidence: null, detail }, now), raw_answer: raw };
}
