import type { Confirmation, FailedReason } from '../../core/confirmation.ts';
import { isEnough } from '../../core/confirmation.ts';
import type { ConfirmationEvent } from '../../core/confirmation-step.ts';
import type { SlotOutcome } from '../../core/holder.ts';
import { answered, type Slot, type SlotOrder } from '../../core/slot.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import type { SlotResult } from '../../core/slot-result.ts';
import { changedOnDevice } from './changed-on-device.ts';
import type { Ledger } from './ledger.ts';
import { cleanUp, free } from './slot-keeping.ts';

/** What was not sent now is tried again after this, or as soon as what stood against it has gone. */
const heldUpMs = 10_000;
/** A device that is set up wrongly is asked this often whether it still is. */
export const misconfiguredMs = 600_000;

/** What the answer to a slot's order means for the slot and for its row. */
export function settle(
  into: Ledger,
  holder: SlotHolder,
  slot: Slot,
  order: SlotOrder,
  told: SlotResult,
): void {
  const result = heldAlready(slot, order, told);
  const proof = isProof(holder, order, result);
  const after = answered(slot, result, proof, into.now);
  into.put(after);
  const row = slot.credential_id === null ? undefined : into.rowAt(slot.credential_id, holder.id);
  if (row === undefined) return;
  const read = result.reading !== null;
  // An answer that shows nothing of the slot only says when to try again: what was found there before was dealt with then.
  const shows = read || proof;
  if (shows && after.proven === 'empty' && after.holds.length === 0) {
    emptied(into, holder, row, after, order, result);
  } else if (row.state === 'confirmed') {
    if (read && after.proven === 'known' && after.proven_key !== row.key) {
      changedOnDevice(into, holder, row, after);
    }
  } else if (shows && isForeign(row, after)) found(into, holder, row, after, order, result);
  else judge(into, holder, row, after, order, result);
}

/** A device that refuses a code because this very slot holds it says that it took it. */
function heldAlready({ slot }: Slot, { op }: SlotOrder, result: SlotResult): SlotResult {
  const { outcome } = result;
  if (op !== 'write' || outcome === null || outcome.ok || outcome.why !== 'duplicate') return result;
  return outcome.slot === slot ? { ...result, outcome: { ok: true, evidence: 'acknowledged' } } : result;
}

function isProof({ traits }: SlotHolder, { op }: SlotOrder, { outcome }: SlotResult): boolean {
  if (outcome === null || !outcome.ok) return false;
  return isEnough(outcome.evidence, op === 'clear' ? traits.removal_proof : traits.confirm_at);
}

/** The slot holds a code nobody here ever sent there, or something it does not show, where nothing of ours can be. */
function isForeign(row: Confirmation, { proven, proven_key, proven_at, holds }: Slot): boolean {
  if (holds.length > 0 || proven_at === null) return false;
  return proven === 'unreadable' || (proven === 'known' && proven_key !== row.key);
}

/** The slot is proved to hold nothing. */
function emptied(
  into: Ledger,
  holder: SlotHolder,
  row: Confirmation,
  slot: Slot,
  order: SlotOrder,
  result: SlotResult,
): void {
  const { traits, rules } = holder;
  switch (row.state) {
    case 'removing':
    case 'failed':
      free(into, slot, rules.quarantine_ms === 0 ? null : into.now + rules.quarantine_ms);
      into.step(row, { type: 'emptied' }, traits);
      return;
    case 'confirmed':
      changedOnDevice(into, holder, row, slot);
      return;
    case 'pending':
      judge(into, holder, row, slot, order, result);
      return;
  }
}

/** The slot holds something that is not what the row would have there. */
function found(
  into: Ledger,
  holder: SlotHolder,
  row: Confirmation,
  slot: Slot,
  order: SlotOrder,
  result: SlotResult,
): void {
  // Told already, or put into the slot of a person who goes, and to go with that person.
  if (row.state === 'removing' || (row.state === 'pending' && slot.changed_on_device)) {
    judge(into, holder, row, slot, order, result);
  } else if (row.state === 'pending' && row.confirmed_revision !== null && slot.proven === 'known') {
    changedOnDevice(into, holder, row, slot);
  } else leave(into, holder, row, slot);
}

/** Leaves a slot to what was found in it; the row looks for another. */
function leave(into: Ledger, { traits }: SlotHolder, row: Confirmation, slot: Slot): void {
  into.put({ ...slot, credential_id: null, doubt: false });
  into.step(row, { type: 'moved', slot: null }, traits);
}

/** The row goes on by what the result says. */
function judge(
  into: Ledger,
  { traits }: SlotHolder,
  row: Confirmation,
  slot: Slot,
  order: SlotOrder,
  result: SlotResult,
): void {
  const next = into.step(row, verdict(row, slot, order, result, into.now), traits);
  if (next !== null) cleanUp(into, next, slot, traits);
}

/** What a result says of a row that waits for it. An older revision's proof counts for nothing, and costs nothing. */
function verdict(
  row: Confirmation,
  slot: Slot,
  order: SlotOrder,
  { outcome, reading }: SlotResult,
  now: number,
): ConfirmationEvent {
  if (row.state === 'pending' && order.op !== 'clear' && isThere(row, slot)) {
    const evidence = outcome?.ok === true ? outcome.evidence : 'read_back';
    return { type: 'proved', evidence, revision: row.revision };
  }
  if (outcome === null) return { type: 'looked' };
  const ours = order.op === 'read' || (order.op === 'clear') === (row.state !== 'pending');
  if (!ours || (order.op !== 'read' && order.revision !== row.revision)) return { type: 'looked' };
  if (outcome.ok)
    return { type: 'unproved', evidence: outcome.evidence, detail: 'the proof is too weak for this device' };
  return refusal(row, outcome, reading === null ? '' : ', and the slot does not hold the code', now);
}

/** Whether the slot is proved to hold just what the row wants, written for it. */
function isThere({ key, revision }: Confirmation, { doubt, proven, proven_key, holds }: Slot): boolean {
  return !doubt && proven === 'known' && proven_key === key && holds[0]?.revision === revision;
}

function refusal(
  { attempt }: Confirmation,
  outcome: Extract<SlotOutcome, { ok: false }>,
  found: string,
  now: number,
): ConfirmationEvent {
  const held = (
    reason: 'panel_armed' | 'device_offline' | 'device_asleep' | 'retrying' | 'queued',
  ): ConfirmationEvent => ({
    type: 'held_up',
    reason,
    retry_at: now + heldUpMs,
  });
  switch (outcome.why) {
    case 'armed':
      return held('panel_armed');
    case 'busy':
      return held(attempt > 0 ? 'retrying' : 'queued');
    case 'offline':
      return held('device_offline');
    case 'asleep':
      return held('device_asleep');
    case 'bad_master':
    case 'no_authority':
    case 'disabled_in_panel':
      return { type: 'held_up', reason: 'holder_misconfigured', retry_at: now + misconfiguredMs };
    case 'unknown_result':
      return { type: 'unproved', evidence: null, detail: `${outcome.detail}${found}` };
    case 'duplicate':
      return { type: 'refused', reason: refusals.duplicate, detail: outcome.detail, raw: outcome.raw };
    case 'full':
    case 'unsupported_length':
    case 'rejected':
      return { type: 'refused', reason: refusals[outcome.why], detail: outcome.detail, raw: outcome.raw };
  }
}

const refusals = {
  duplicate: 'duplicate_on_device',
  full: 'slots_full',
  unsupported_length: 'unsupported_length',
  rejected: 'rejected_by_device',
} as const satisfies Record<string, FailedReason>;
