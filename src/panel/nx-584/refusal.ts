import type { SlotOutcome } from '../../core/holder.ts';
import { snapshotReport } from './areas.ts';
import { whereToEnable } from './features.ts';
import { type Request, toPanel } from './layout.ts';
import type { Answer } from './link.ts';
import { busyWith } from './system-status.ts';
import { noCode } from './user-code.ts';
import { askUser, badMaster, masterRecord, noAuthority, type UserDesk } from './user-desk.ts';

/** What was being written. `code` and `partitions` (a mask) as on the wire. */
export interface Attempt {
  slot: number;
  code: string;
  partitions: number;
}

export type Failure = Extract<SlotOutcome, { ok: false }>;

/**
 * Why the panel refused. It says 1Ch to a wrong master, an armed partition, a duplicate and a partition out of the master's reach alike
 * (sheet 3.4): each is looked up.
 */
export async function causeOfRefusal(
  desk: UserDesk,
  attempt: Attempt,
  request: Request,
  how: Extract<Answer, { type: 'refused' }>['how'],
): Promise<Failure> {
  const { number } = toPanel[request.type];
  const hex = number.toString(16);
  switch (how) {
    case 'rejected':
      return { ok: false, why: 'disabled_in_panel', detail: whereToEnable([number]), raw: '1f' };
    case 'malformed':
      return { ok: false, why: 'rejected', detail: `the panel could not read message ${hex}h`, raw: '1e' };
    case 'failed': {
      const known =
        (await busyOrArmed(desk, attempt, 'touched')) ??
        (await masterFault(desk, attempt)) ??
        (attempt.code === noCode ? null : await slotWithCode(desk, attempt)) ??
        // Whether an armed partition that the user has nothing to do with is in the way is not known (sheet 3.4).
        (await busyOrArmed(desk, attempt, 'any'));
      if (known !== null) return known;
      const detail = `the panel refused message ${hex}h for user ${attempt.slot}; no partition is armed, the master code is good, and no other user has the code`;
      return { ok: false, why: 'rejected', detail, raw: '1c' };
    }
  }
}

const offline: Failure = {
  ok: false,
  why: 'offline',
  detail: 'the panel refused and then stopped answering',
};

/** What passes by itself: programming, or an armed partition (`touched`: one the user has or is to have). */
async function busyOrArmed(
  desk: UserDesk,
  { slot, partitions }: Attempt,
  which: 'touched' | 'any',
): Promise<Failure | null> {
  const status = await desk.ask({ type: 'system_status_request', value: {} });
  if (status.type !== 'message' || status.message.type !== 'system_status') return offline;
  const busy = busyWith(status.message.value);
  if (busy !== null) return { ok: false, why: 'busy', detail: busy };
  const snapshot = await desk.ask({ type: 'partitions_snapshot_request', value: {} });
  if (snapshot.type !== 'message' || snapshot.message.type !== 'partitions_snapshot') return offline;
  const user = await askUser(desk, slot);
  const own = partitions | (user.type === 'message' ? user.message.value.partitions : 0);
  const touched = which === 'any' || own === 0 ? 0xff : own;
  const armed = Array.from(snapshot.message.value.partitions, (flags, i) => ({
    number: i + 1,
    flags,
  })).filter(
    ({ number, flags }) =>
      (touched >> (number - 1)) & 1 && !['disarmed', null].includes(snapshotReport(flags)),
  );
  if (armed.length === 0) return null;
  const numbers = armed.map(({ number }) => number).join(', ');
  return { ok: false, why: 'armed', detail: `the panel refused: partition ${numbers} is armed` };
}

/** Whether the master code is refused, or does not reach the partitions. Null: neither. */
export async function masterFault(desk: UserDesk, { partitions }: Attempt): Promise<Failure | null> {
  if (desk.commands.master === null) return null;
  const record = await masterRecord(desk);
  switch (record.type) {
    case 'refused':
      return { ok: false, why: 'bad_master', detail: badMaster, raw: '1c' };
    case 'own': {
      const missing = partitions & ~record.partitions;
      if (missing === 0) return null;
      return { ok: false, why: 'no_authority', detail: noAuthority(missing), raw: '' };
    }
    case 'accepted':
      return null;
    case 'unanswered':
      return offline;
  }
}

/** Reads every other user: rare, and the only way to know. */
async function slotWithCode(desk: UserDesk, { slot, code }: Attempt): Promise<Failure | null> {
  const { first, count } = desk.slots;
  for (let other = first; other < first + count; other++) {
    if (other === slot) continue;
    const answer = await askUser(desk, other);
    if (answer.type === 'line_down' || answer.type === 'silent') return offline;
    if (answer.type !== 'message') continue;
    if (answer.message.value.code.slice(0, desk.length) !== code.slice(0, desk.length)) continue;
    const detail = `user ${other} of the panel has this code`;
    return { ok: false, why: 'duplicate', detail, raw: '1c', slot: other };
  }
  return null;
}
