import type { Confirmation } from './confirmation.ts';
import type { HolderTraits } from './holder.ts';
import type { Slot, SlotOp } from './slot.ts';

/**
 * What is to be sent for a row and its slot, if its time has come; null: nothing. A slot in doubt is read before anything else.
 * A failed row whose slot still holds an older code of ours has it removed: nobody may get in by a code that was replaced.
 */
export function opFor(row: Confirmation, slot: Slot, traits: HolderTraits): SlotOp | null {
  if (slot.order !== null) return null;
  const goal = goalOf(row, slot);
  if (slot.doubt && traits.reads !== 'nothing' && (goal !== null || row.state === 'confirmed')) return 'read';
  return goal;
}

function goalOf(row: Confirmation, slot: Slot): 'write' | 'clear' | null {
  switch (row.state) {
    case 'pending':
      return row.reason === 'not_yet_due' ? null : 'write';
    case 'removing':
      return 'clear';
    case 'failed':
      return isLeftBehind(row, slot) ? 'clear' : null;
    case 'confirmed':
      return null;
  }
}

/** Whether the slot may hold an older code of a row that failed. What was cancelled, or changed by hand, is left as it is. */
export function isLeftBehind(row: Confirmation, slot: Slot): boolean {
  if (row.state !== 'failed' || row.reason === 'cancelled' || row.reason === 'changed_on_device')
    return false;
  return slot.holds.some(({ revision }) => revision !== row.revision);
}

/** No attempt is planned further ahead than this: what lies there was planned before the clock stepped back. */
const farAheadMs = 600_000;

/** Whether the time of a row has come: by the clock, or because the device has connected since it was last tried. */
export function isDue(row: Confirmation, now: number, connectedAt: number): boolean {
  const { next_attempt_at: next, tried_at } = row;
  if (next !== null && (next <= now || next > now + farAheadMs)) return true;
  return tried_at !== null && tried_at < connectedAt;
}
