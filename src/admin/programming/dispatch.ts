import type { Confirmation, PendingReason } from '../../core/confirmation.ts';
import { isFree, ordered, type Slot, type SlotOp, slotNumbers, unknownSlot } from '../../core/slot.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import { isDue, opFor } from '../../core/slot-work.ts';
import type { Order } from '../../link/message.ts';
import type { Ledger } from './ledger.ts';
import { assign } from './slot-keeping.ts';

/** Orders that may be open at a device at one time. */
export const maxOpen = 8;
/** A row that waits for longer than this is told to be late. */
export const lateMs = 300_000;

/** How a device is just now, as far as is known here. The door process has the last word. */
export interface Reach {
  state: 'online' | 'offline' | 'asleep' | 'unknown';
  misconfigured: boolean;
  /** Since when it is connected (wall ms): what was tried before that is tried again. */
  since: number;
  /** When something last went that may have stood against a change: an armed partition, a wrong setting. */
  eased: number;
  /** How many orders may be open. */
  limit: number;
  /** The first of these partitions that is not known to be disarmed; null: codes may be changed. */
  armed(partitions: readonly string[]): string | null;
}

/** Keeps as sent, into the ledger, what can be sent to a device now: the oldest changes first, then readings of slots never looked at. */
export function dispatch(into: Ledger, holder: SlotHolder, reach: Reach): OrderToPost[] {
  if (reach.state !== 'online') return [];
  const rows = into.rowsAt(holder.id).filter(isOpen).sort(byAge);
  let room = reach.limit;
  for (const slot of into.slotsOf(holder.id).values()) if (slot.order !== null) room -= 1;
  const orders: OrderToPost[] = [];
  const send = (slot: Slot, op: SlotOp, row: Confirmation | null): void => {
    const order = keep(into, holder, slot, op, row);
    if (order === null) return;
    orders.push(order);
    room -= 1;
  };
  for (const row of rows) {
    if (room <= 0) return orders;
    const slot = slotOf(into, holder, row, reach);
    if (slot === null) continue;
    const now = into.rowAt(row.credential_id, holder.id) ?? row;
    const op = opFor(now, slot, holder.traits);
    if (op === null || !isDueNow(now, into.now, reach)) continue;
    if (op === 'read' || reach.armed(touched(now, slot)) === null) send(slot, op, now);
  }
  if (holder.traits.reads === 'nothing' || reach.misconfigured) return orders;
  for (const slot of [...into.slotsOf(holder.id).values()]) {
    if (room <= 0) return orders;
    const row = slot.credential_id === null ? undefined : into.rowAt(slot.credential_id, holder.id);
    if (!slot.doubt || slot.order !== null || row === undefined || row.state !== 'confirmed') continue;
    if (isDueNow(row, into.now, reach)) send(slot, 'read', row);
  }
  for (const number of slotNumbers(holder.traits)) {
    if (room <= 0) break;
    if (into.slot(holder.id, number) === undefined) send(unknownSlot(holder.id, number), 'read', null);
  }
  return orders;
}

function isDueNow(row: Confirmation, now: number, { since, eased }: Reach): boolean {
  return isDue(row, now, row.reason !== null && isHeldUp(row.reason) ? Math.max(since, eased) : since);
}

type HeldUpReason = Extract<
  PendingReason,
  'panel_armed' | 'device_offline' | 'device_asleep' | 'holder_misconfigured'
>;

/** Rows something may have to be sent for. */
export const isOpen = (row: Confirmation): boolean =>
  row.state === 'removing' ||
  (row.state === 'pending' && row.reason !== 'not_yet_due') ||
  (row.state === 'failed' && row.slot !== null && row.next_attempt_at !== null);

export const byAge = (a: Confirmation, b: Confirmation): number =>
  a.queued_at - b.queued_at || (a.id < b.id ? -1 : 1);

function slotOf(into: Ledger, holder: SlotHolder, row: Confirmation, reach: Reach): Slot | null {
  if (row.slot !== null) return into.slot(holder.id, row.slot) ?? null;
  if (row.state !== 'pending' || !isDueNow(row, into.now, reach) || !assign(into, holder, row)) return null;
  const { slot } = into.rowAt(row.credential_id, holder.id) ?? row;
  return slot === null ? null : (into.slot(holder.id, slot) ?? null);
}

/** Partitions that change when a row's slot is written or emptied: those it is for, and those it may have been for. */
function touched(row: Confirmation, slot: Slot): string[] {
  return [...new Set([...row.partitions, ...slot.holds.flatMap(({ partitions }) => partitions)])];
}

/** An order kept in its slot, with the sealed code it needs. */
export interface OrderToPost extends Omit<Order, 'secret'> {
  sealed: string | null;
}

function keep(
  into: Ledger,
  holder: SlotHolder,
  slot: Slot,
  op: SlotOp,
  row: Confirmation | null,
): OrderToPost | null {
  const code = op === 'write' && row !== null ? into.codeOf(row) : null;
  if (op === 'write' && code === null) return null;
  const revision = row?.revision ?? 0;
  const order_id = into.newId();
  into.put(ordered(slot, { order_id, op, revision }, code));
  if (row !== null) into.step(row, { type: op === 'write' ? 'sent' : 'asked' }, holder.traits);
  return {
    order_id,
    holder_id: holder.id,
    slot: slot.slot,
    credential_id: slot.credential_id,
    revision,
    op,
    partitions: [...(code?.partitions ?? [])],
    touches: row === null ? [] : touched(row, slot),
    sealed: op === 'read' ? null : ((code ?? slot.holds.at(-1))?.sealed ?? null),
  };
}

/** Tells rows that wait what they wait for, and those that have waited for long that they are late. */
export function reflect(into: Ledger, holder: SlotHolder, reach: Reach): void {
  for (const row of into.rowsAt(holder.id)) {
    const waits = row.state === 'removing' || (row.state === 'pending' && row.reason !== 'not_yet_due');
    if (!waits) continue;
    const slot = row.slot === null ? undefined : into.slot(holder.id, row.slot);
    const reason = waitsFor(row, slot, reach, into.now);
    const heldUp = { type: 'held_up', reason, retry_at: row.next_attempt_at } as const;
    const next = slot?.order == null ? into.step(row, heldUp, holder.traits) : row;
    if (next !== null && !next.late && into.now - next.queued_at >= lateMs) {
      into.step(next, { type: 'late', waits_for: reason }, holder.traits);
    }
  }
}

/** What keeps a device from taking a code for these partitions just now; null: nothing that is known. */
export function obstacle(reach: Reach, partitions: readonly string[]): HeldUpReason | null {
  if (reach.state === 'asleep') return 'device_asleep';
  if (reach.state !== 'online') return 'device_offline';
  if (reach.misconfigured) return 'holder_misconfigured';
  return reach.armed(partitions) === null ? null : 'panel_armed';
}

function waitsFor(row: Confirmation, slot: Slot | undefined, reach: Reach, now: number): PendingReason {
  const stands = obstacle(reach, slot === undefined ? row.partitions : touched(row, slot));
  if (stands !== null) return stands;
  // What the device or the door process said a moment ago is newer than what is known here.
  const planned = row.next_attempt_at !== null && row.next_attempt_at > now;
  if (planned && row.reason !== null && isHeldUp(row.reason)) return row.reason;
  return row.attempt > 0 ? 'retrying' : 'queued';
}

const isHeldUp = (reason: NonNullable<Confirmation['reason']>): reason is HeldUpReason =>
  reason === 'panel_armed' ||
  reason === 'device_offline' ||
  reason === 'device_asleep' ||
  reason === 'holder_misconfigured';

/** Gives rows that failed for want of room another chance, in the order in which they came, as far as there is room. */
export function requeue(into: Ledger, holder: SlotHolder, reach: Pick<Reach, 'since'>): void {
  const waiting = into.rowsAt(holder.id).filter(({ reason }) => reason === 'slots_full');
  for (const row of waiting.sort(byAge)) {
    if (!hasRoom(into, holder, row, reach.since)) return;
    const again = into.step(row, { type: 'retried' }, holder.traits);
    if (again !== null && again.slot === null && !assign(into, holder, again)) return;
  }
}

/** A device that called itself full although it should not be is believed until one of its slots is emptied, or it connects anew. */
function hasRoom(into: Ledger, holder: SlotHolder, row: Confirmation, connectedAt: number): boolean {
  const slots = into.slotsOf(holder.id);
  const since = row.raw_answer === null ? 0 : (row.tried_at ?? 0);
  if (since > 0 && connectedAt <= since) {
    return [...slots.values()].some(
      ({ proven, proven_at }) => proven === 'empty' && (proven_at ?? 0) > since,
    );
  }
  for (const number of slotNumbers(holder.traits)) {
    const slot = slots.get(number);
    if (slot === undefined || isFree(slot, into.now)) return true;
  }
  return false;
}
