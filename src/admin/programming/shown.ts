import {
  type Confirmation,
  isEnough,
  isRetriable,
  type LateReason,
  maxAttempts,
} from '../../core/confirmation.ts';
import { type Evidence, evidences } from '../../core/holder.ts';
import type { ConfirmationView, Lateness, Sync } from '../../schema/confirmation.ts';
import type { Directory } from '../storage.ts';

export const instant = (wallMs: number | null): string | null =>
  wallMs === null ? null : new Date(wallMs).toISOString();

/** A row as people see it: without the code's hash. At a device that has left the site file it rests as it is until that comes back. */
export function showConfirmation(
  row: Confirmation,
  { holders }: Pick<Directory, 'holders'>,
): ConfirmationView {
  const gone = holders.get(row.holder_id)?.gone_since != null;
  const reached = evidences.filter((evidence) => row.evidence[evidence] !== undefined);
  return {
    id: row.id,
    credential_id: row.credential_id,
    user_id: row.user_id,
    holder_id: row.holder_id,
    slot: row.slot,
    revision: row.revision,
    confirmed_revision: row.confirmed_revision,
    state: row.state,
    evidence: reached.reduce<Evidence | null>(
      (best, one) => (best === null || isEnough(one, best) ? one : best),
      null,
    ),
    evidence_at: Object.fromEntries(reached.map((one) => [one, instant(row.evidence[one] ?? 0)])),
    reason: gone ? 'holder_gone' : row.reason,
    retriable: !gone && isRetriable(row),
    attempt: row.attempt,
    max_attempts: maxAttempts,
    overdue: row.overdue,
    late: row.late && isWaiting(row),
    next_attempt_at: isPlanned(row) && !gone ? instant(row.next_attempt_at) : null,
    last_error: row.last_error,
    raw_answer: row.raw_answer,
    confirmed_at: instant(row.confirmed_at),
    seq: row.seq,
  };
}

/** What the feed tells of a row that is late, or will be. */
export function lateness(row: Confirmation, waitsFor: LateReason): Lateness {
  const ahead = row.reason === 'not_yet_due';
  const due = ahead ? (row.next_attempt_at ?? row.queued_at) : row.queued_at;
  return { due_at: new Date(due).toISOString(), ahead, waits_for: waitsFor };
}

/** Whether the clock decides about the next attempt, and not the device or its partitions. */
const isPlanned = (row: Confirmation): boolean =>
  isWaiting(row) && (row.reason === 'queued' || row.reason === 'retrying' || row.reason === 'not_yet_due');

const isWaiting = ({ state }: Confirmation): boolean => state === 'pending' || state === 'removing';

/** How far the devices are, over some rows. */
export function syncOf(rows: readonly Pick<Confirmation, 'holder_id' | 'state'>[]): Sync {
  const count = (...states: Confirmation['state'][]): number =>
    rows.filter(({ state }) => states.includes(state)).length;
  return {
    holders: new Set(rows.map(({ holder_id }) => holder_id)).size,
    confirmed: count('confirmed'),
    pending: count('pending', 'removing'),
    failed: count('failed'),
  };
}
