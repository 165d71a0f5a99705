import type { Confirmation, FailedReason } from '../../core/confirmation.ts';
import type { HolderTraits } from '../../core/holder.ts';
import { assigned, chooseSlot, released, type Slot, unknownSlot } from '../../core/slot.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import { isLeftBehind } from '../../core/slot-work.ts';
import type { Ledger } from './ledger.ts';

/** Gives a row a slot. False: the device is full, and the row has failed by that. */
export function assign(into: Ledger, holder: SlotHolder, row: Confirmation): boolean {
  const { traits, name, id } = holder;
  const number = chooseSlot(traits, into.slotsOf(id), row.key, into.now);
  if (number === null) {
    const detail = `System Full: ${name} has no free slot`;
    into.step(row, { type: 'impossible', reason: 'slots_full', detail }, traits);
    return false;
  }
  const slot = into.slot(id, number) ?? unknownSlot(id, number);
  into.put(assigned(slot, row.credential_id, traits));
  into.step(row, { type: 'moved', slot: number }, traits);
  return true;
}

/** A row fails for good; an older code of it that is left behind in its slot is removed. */
export function fail(
  into: Ledger,
  { id, traits }: SlotHolder,
  row: Confirmation,
  { reason, detail }: { reason: FailedReason; detail: string },
): void {
  const failed = into.step(row, { type: 'impossible', reason, detail }, traits);
  const slot = row.slot === null ? undefined : into.slot(id, row.slot);
  if (failed !== null && slot !== undefined) cleanUp(into, failed, slot, traits);
}

/**
 * Plans the removal of what a failed row has left behind, unless it is planned; a slot of one that failed or goes is free for others once
 * nothing can be in it.
 */
export function cleanUp(into: Ledger, row: Confirmation, slot: Slot, traits: HolderTraits): void {
  const goes = row.state === 'removing' && slot.proven !== 'known';
  if (isLeftBehind(row, slot)) {
    if (row.next_attempt_at === null) into.step(row, { type: 'looked' }, traits);
  } else if ((goes || row.state === 'failed') && !mayHoldSomething(slot)) {
    free(into, slot, null);
    into.step(row, { type: 'emptied' }, traits);
  }
}

/** Begins the removal of a row; it is over at once when nothing of it was ever sent. */
export function withdraw(into: Ledger, holder: Pick<SlotHolder, 'id' | 'traits'>, row: Confirmation): void {
  const { traits } = holder;
  const leaving = into.step(row, { type: 'unwanted' }, traits);
  if (leaving === null) return;
  const slot = row.slot === null ? undefined : into.slot(holder.id, row.slot);
  if (slot !== undefined && mayHoldSomething(slot)) return;
  if (slot !== undefined) free(into, slot, null);
  into.step(leaving, { type: 'emptied' }, traits);
}

/** Whether something of its credential may be in the slot, or on its way there. */
export const mayHoldSomething = ({ holds, order, changed_on_device }: Slot): boolean =>
  holds.length > 0 || changed_on_device || (order !== null && order.op !== 'read');

/** Takes a slot from its credential: nothing of ours is in it. One of which nothing was ever learnt is forgotten. */
export function free(into: Ledger, slot: Slot, restsUntil: number | null): void {
  const left = released(slot, restsUntil);
  if (left.proven_at === null && left.order === null) into.forget(slot);
  else into.put(left);
}

/** No freed slot rests for longer than the site wants: a longer rest is of before the clock was put back. */
export function shortenRests(into: Ledger, { id, rules }: SlotHolder): void {
  const longest = into.now + rules.quarantine_ms;
  for (const slot of into.slotsOf(id).values()) {
    if (slot.rests_until !== null && slot.rests_until > longest) into.put({ ...slot, rests_until: longest });
  }
}
