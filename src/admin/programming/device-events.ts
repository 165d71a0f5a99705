import type { DoorEvent } from '../../core/event.ts';
import type { Slot } from '../../core/slot.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import type { Consequences } from '../storage.ts';
import { type Ledger, type LedgerParts, ledger } from './ledger.ts';
import { settle } from './settle.ts';
import type { HolderBook } from './wants.ts';

/** What the devices tell, and what it means for their slots. */
export interface DeviceEvents {
  take(events: readonly DoorEvent[]): Consequences;
  /** Whose code an event is about, for the feed. */
  whose(event: DoorEvent): Record<string, unknown>;
  /** Nobody knows what has become of these orders. */
  lost(into: Ledger, orderIds: ReadonlySet<string>): void;
}

export function deviceEvents(parts: LedgerParts & { book: HolderBook }): DeviceEvents {
  const { directory, book } = parts;

  const holderOf = ({ resource }: DoorEvent): SlotHolder | undefined => {
    const [kind, id] = resource.split('/');
    if (kind === 'holder') return book.holders.get(id ?? '');
    return kind === 'partition' ? (book.panel ?? undefined) : undefined;
  };

  function take(into: Ledger, event: DoorEvent): void {
    const holder = holderOf(event);
    if (holder === undefined) return;
    switch (event.type) {
      case 'slot.result': {
        const { order_id, slot: number, outcome, reading } = event.data;
        const slot = into.slot(holder.id, number);
        // A late result of an order that was given up proves nothing about what was sent since.
        if (slot?.order?.order_id !== order_id) return;
        settle(into, holder, slot, slot.order, { outcome, reading });
        return;
      }
      case 'holder.changed_by_hand':
        if (holder.traits.reads === 'nothing') return;
        for (const slot of [...into.slotsOf(holder.id).values()]) {
          if (event.data.slot === null || event.data.slot === slot.slot) suspect(into, holder, slot);
        }
        return;
      case 'holder.used':
        used(into, holder, event.data.slot);
        return;
      case 'panel.opened':
      case 'panel.closed':
      case 'panel.access':
      case 'panel.duress':
        if (event.data.slot !== null) used(into, holder, event.data.slot);
        return;
      default:
        return;
    }
  }

  return {
    take(events) {
      const into = ledger(parts);
      for (const event of events) take(into, event);
      return into.consequences();
    },
    whose(event) {
      const number = slotNamed(event);
      if (number === undefined) return {};
      const slot = number === null ? undefined : directory.slotsOf(holderOf(event)?.id ?? '').get(number);
      const credential_id = slot?.credential_id ?? null;
      const row = credential_id === null ? undefined : directory.confirmationsOf(credential_id)[0];
      return { credential_id, user_id: row?.user_id ?? null };
    },
    lost(into, orderIds) {
      for (const found of directory.slots.values()) {
        const { order } = found;
        const holder = book.holders.get(found.holder_id);
        if (order === null || holder === undefined || !orderIds.has(order.order_id)) continue;
        if (found.credential_id === null && order.op === 'read') into.forget(found);
        else into.put({ ...found, order: null, doubt: true });
        const row = found.credential_id === null ? undefined : into.rowAt(found.credential_id, holder.id);
        if (row !== undefined) into.step(row, { type: 'looked' }, holder.traits);
      }
    },
  };
}

/** The slot an event names; undefined: it is not about one. */
function slotNamed({ type, data }: DoorEvent): number | null | undefined {
  if (type !== 'holder.used' && !('recovered' in data)) return undefined;
  return 'slot' in data ? data.slot : undefined;
}

/** Somebody was at the device: what is known of the slot is held against it again. A slot of nobody's is looked at anew. */
export function suspect(into: Ledger, holder: SlotHolder, slot: Slot): void {
  if (slot.credential_id === null) {
    if (slot.order === null) into.forget(slot);
    return;
  }
  into.put({ ...slot, doubt: true });
  const row = into.rowAt(slot.credential_id, holder.id);
  if (row?.state === 'confirmed') into.step(row, { type: 'looked' }, holder.traits);
}

/** An event named the slot. It proves the code only where no other can be in it. */
function used(into: Ledger, holder: SlotHolder, number: number): void {
  const slot = into.slot(holder.id, number);
  const row = slot?.credential_id == null ? undefined : into.rowAt(slot.credential_id, holder.id);
  if (slot === undefined || row === undefined) return;
  if (slot.holds.length === 0 || slot.holds.some(({ revision }) => revision !== row.revision)) return;
  into.step(row, { type: 'used' }, holder.traits);
}
