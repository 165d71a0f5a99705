import { isDeepStrictEqual } from 'node:util';
import type { HolderTraits } from '../../core/holder.ts';
import type { KnownHolder, SlotHolder } from '../../core/slot-holder.ts';
import type { Directory } from '../storage.ts';
import { suspect } from './device-events.ts';
import type { Ledger } from './ledger.ts';
import type { HolderBook } from './wants.ts';

/**
 * Holds the devices of the site file against those known so far. One that has left is told once and keeps its rows and slots: whoever knows
 * a code of it still gets in where it hangs. One that is back goes on where it was, and what can be read of it is read again.
 */
export function rollCall(into: Ledger, book: HolderBook, directory: Directory): void {
  for (const holder of book.holders.values()) {
    const known = directory.holders.get(holder.id);
    const now = present(holder);
    if (!isDeepStrictEqual(known, now)) into.keep(holder.id, now);
    if (known?.gone_since == null) continue;
    if (holder.traits.reads !== 'nothing') {
      for (const slot of [...into.slotsOf(holder.id).values()]) suspect(into, holder, slot);
    }
    tell(into, directory, 'holder.returned', known);
  }
  for (const known of directory.holders.values()) {
    if (book.holders.has(known.id) || known.gone_since !== null) continue;
    into.keep(known.id, { ...known, gone_since: into.now });
    tell(into, directory, 'holder.gone', known);
  }
  for (const lost of nameless(book, directory)) {
    into.keep(lost.id, { ...lost, gone_since: into.now });
    tell(into, directory, 'holder.gone', lost);
  }
}

/** Devices of which only slots and rows are left, because the database has lost the rest: they go by their id. */
function nameless(book: HolderBook, directory: Directory): KnownHolder[] {
  const found = new Map<string, KnownHolder>();
  for (const { holder_id: id, slot } of [...directory.slots.values(), ...directory.confirmations.values()]) {
    if (id === book.controllerId || book.holders.has(id) || directory.holders.has(id)) continue;
    const capacity = Math.max(slot ?? 0, found.get(id)?.traits.capacity ?? 0);
    const traits = { ...unknownTraits, capacity };
    found.set(id, { id, name: id, kind: 'code_lock', model: 'unknown', traits, gone_since: null });
  }
  return [...found.values()];
}

const unknownTraits: HolderTraits = {
  capacity: 0,
  first_slot: 1,
  reserved_slots: [],
  code_lengths: [],
  confirm_at: 'read_back',
  removal_proof: 'read_back',
  reads: 'nothing',
  sleeps: false,
};

/** Forgets a device that has left the site file, its rows and its slots: their PINs may be given to others. */
export function forgetHolder(into: Ledger, directory: Directory, gone: KnownHolder, operator: string): void {
  for (const row of into.rowsAt(gone.id)) {
    const leaving = into.step(row, { type: 'unwanted' }, gone.traits);
    if (leaving !== null) into.step(leaving, { type: 'emptied' }, gone.traits);
  }
  for (const slot of [...into.slotsOf(gone.id).values()]) into.forget(slot);
  into.keep(gone.id, null);
  tell(into, directory, 'holder.forgotten', gone, { operator });
}

/** How many slots of a device hold a code made here, or may. */
export function storedIn(directory: Pick<Directory, 'slotsOf'>, holderId: string): number {
  let stored = 0;
  for (const { holds } of directory.slotsOf(holderId).values()) if (holds.length > 0) stored += 1;
  return stored;
}

const present = ({ id, name, kind, model, traits }: SlotHolder): KnownHolder => ({
  id,
  name,
  kind,
  model,
  traits,
  gone_since: null,
});

function tell(
  into: Ledger,
  directory: Directory,
  type: 'holder.gone' | 'holder.returned' | 'holder.forgotten',
  { id, name, kind, model }: KnownHolder,
  more: { operator?: string } = {},
): void {
  const stored = storedIn(directory, id);
  into.tell({ type, resource: `holder/${id}`, data: { name, kind, model, stored, ...more } });
}
