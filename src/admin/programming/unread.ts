import type { Slot } from '../../core/slot.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import type { Reach } from './dispatch.ts';
import type { Ledger } from './ledger.ts';

/** A device that stays connected is looked at again so often: it may have been busy. */
const againMs = 3_600_000;

/** Slots whose first look came to nothing, because the device was busy or went away: what somebody else put there is not known yet. */
export interface Unread {
  /** Has those of a device looked at anew when it has connected, or after an hour. */
  look(into: Ledger, holder: SlotHolder, reach: Reach): void;
}

export function unread(): Unread {
  const looked = new Map<string, { since: number; at: number }>();
  return {
    look(into, { id, traits }, { state, since }) {
      if (state !== 'online' || traits.reads === 'nothing') return;
      const last = looked.get(id);
      if (last?.since === since && Math.abs(into.now - last.at) < againMs) return;
      looked.set(id, { since, at: into.now });
      for (const slot of [...into.slotsOf(id).values()]) if (isUnread(slot)) into.forget(slot);
    },
  };
}

const isUnread = ({ credential_id, order, holds, proven_at }: Slot): boolean =>
  credential_id === null && order === null && holds.length === 0 && proven_at === null;
