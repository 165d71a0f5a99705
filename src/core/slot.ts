import type { HolderTraits } from './holder.ts';
import type { SlotResult } from './slot-result.ts';

/** What is asked of a slot. */
export type SlotOp = 'write' | 'clear' | 'read';

/** A code that may be in a slot: its keyed hash, the code itself sealed, and which revision of its confirmation it is. */
export interface HeldCode {
  key: string;
  sealed: string;
  revision: number;
  /** Partitions it was written for, by name; empty for a lock. */
  partitions: readonly string[];
}

/** An order on its way, kept before it is sent. `added`: it put its code into `holds`. */
export interface SlotOrder {
  order_id: string;
  op: SlotOp;
  revision: number;
  added: boolean;
}

/** One slot of a device: whose it is, what was proved to be in it, what else may be. Only slots with a story are kept. */
export interface Slot {
  id: string;
  holder_id: string;
  slot: number;
  /** Whose it is, from the moment it is given until its removal is proved. */
  credential_id: string | null;
  /** `unreadable`: never looked at, or the device does not show it. */
  proven: 'known' | 'empty' | 'unreadable';
  /** Keyed hash of the code it is proved to hold. */
  proven_key: string | null;
  proven_at: number | null;
  /** Codes of ours that may be in it: the proved one, and whatever was sent since. */
  holds: readonly HeldCode[];
  order: SlotOrder | null;
  /** A result is not known, or somebody was at the device: read it before anything else is sent. */
  doubt: boolean;
  /** A freed slot is not used again before (wall ms). */
  rests_until: number | null;
  changed_on_device: boolean;
}

export const slotId = (holderId: string, slot: number): string => `${holderId}:${slot}`;

/** A slot nothing is known of. */
export function unknownSlot(holderId: string, slot: number): Slot {
  return {
    id: slotId(holderId, slot),
    holder_id: holderId,
    slot,
    credential_id: null,
    proven: 'unreadable',
    proven_key: null,
    proven_at: null,
    holds: [],
    order: null,
    doubt: false,
    rests_until: null,
    changed_on_device: false,
  };
}

/** Whether a slot counts as used: ours, or holding something, or resting after a removal. */
export function isOccupied(slot: Slot, now: number): boolean {
  return (
    slot.credential_id !== null ||
    slot.holds.length > 0 ||
    (slot.proven !== 'empty' && slot.proven_at !== null) ||
    (slot.rests_until !== null && slot.rests_until > now)
  );
}

/** A code on the device that nobody here made. `unreadable` ones are listed too: something is there. */
export function isUnmanaged({ credential_id, holds, proven, proven_at }: Slot): boolean {
  return credential_id === null && holds.length === 0 && proven !== 'empty' && proven_at !== null;
}

/** Whether a code may be put there. */
export function isFree(slot: Slot, now: number): boolean {
  return slot.order === null && !isOccupied(slot, now);
}

/**
 * The slot for a code: one that holds this very code and is nobody's, or else the lowest that is proved to be empty, or else the lowest of
 * which nothing is known yet, be it just being looked at. Reserved ones never. Null: the device is full.
 */
export function chooseSlot(
  traits: HolderTraits,
  slots: ReadonlyMap<number, Slot>,
  key: string,
  now: number,
): number | null {
  for (const slot of slots.values()) {
    if (slot.credential_id === null && slot.order === null && slot.proven_key === key) return slot.slot;
  }
  let unknown: number | null = null;
  for (const number of slotNumbers(traits)) {
    const slot = slots.get(number) ?? unknownSlot('', number);
    const free = isFree(slot, now);
    if (free && slot.proven === 'empty') return number;
    if (free || (slot.order?.op === 'read' && !isOccupied(slot, now))) unknown ??= number;
  }
  return unknown;
}

/** Every slot that may be ours, in order. */
export function* slotNumbers({ capacity, first_slot, reserved_slots }: HolderTraits): Generator<number> {
  for (let number = first_slot; number < first_slot + capacity; number++) {
    if (!reserved_slots.includes(number)) yield number;
  }
}

/** Gives a free slot to a credential. One never looked at is read before it is written, where the device can be read. */
export function assigned(slot: Slot, credentialId: string, traits: HolderTraits): Slot {
  const doubt = slot.doubt || (slot.proven === 'unreadable' && traits.reads !== 'nothing');
  return { ...slot, credential_id: credentialId, doubt, rests_until: null, changed_on_device: false };
}

/** Takes a slot from its credential, when nothing of ours can be in it (any more). It rests so long (wall ms). */
export function released(slot: Slot, restsUntil: number | null): Slot {
  return { ...slot, credential_id: null, holds: [], doubt: false, rests_until: restsUntil };
}

/** Keeps an order, before it is sent. From then on the code may be in the slot. */
export function ordered(slot: Slot, order: Omit<SlotOrder, 'added'>, code: HeldCode | null): Slot {
  const added = code !== null && !slot.holds.some((held) => sameCode(held, code));
  const holds = added ? [...slot.holds, code] : slot.holds;
  return { ...slot, order: { ...order, added }, holds };
}

const sameCode = (a: HeldCode, b: HeldCode): boolean => a.key === b.key && a.revision === b.revision;

/**
 * The slot after its order was answered. Only proofs change what is known: an unknown result leaves every code that may be there,
 * an answer that nothing was done takes back what the order added.
 *
 * @param enough whether the outcome's evidence is as good as the device's model asks for
 */
export function answered(slot: Slot, { outcome, reading }: SlotResult, enough: boolean, now: number): Slot {
  const { order } = slot;
  if (order === null) return slot;
  const idle: Slot = { ...slot, order: null };
  const after = outcome === null ? idle : afterOutcome(idle, order, outcome, enough, now);
  return reading === null ? after : afterReading(after, reading, now);
}

function afterOutcome(
  slot: Slot,
  order: SlotOrder,
  outcome: NonNullable<SlotResult['outcome']>,
  enough: boolean,
  now: number,
): Slot {
  if (outcome.ok) {
    if (!enough) return { ...slot, doubt: true };
    const known = { proven_at: now, doubt: false, changed_on_device: false };
    if (order.op === 'clear') return { ...slot, ...known, proven: 'empty', proven_key: null, holds: [] };
    const code = slot.holds.findLast(({ revision }) => revision === order.revision);
    return {
      ...slot,
      ...known,
      proven: 'known',
      proven_key: code?.key ?? null,
      holds: code === undefined ? [] : [code],
    };
  }
  if (outcome.why === 'unknown_result') return { ...slot, doubt: true };
  if (!order.added) return slot;
  return { ...slot, holds: slot.holds.filter(({ revision }) => revision !== order.revision) };
}

/** A masked answer proves nothing and changes nothing that is known. */
function afterReading(slot: Slot, reading: NonNullable<SlotResult['reading']>, now: number): Slot {
  switch (reading.content) {
    case 'unreadable':
      return { ...slot, doubt: false, proven_at: slot.proven_at ?? now };
    case 'empty':
      return { ...slot, doubt: false, proven: 'empty', proven_key: null, proven_at: now, holds: [] };
    case 'code': {
      const ours = slot.holds.findLast(({ key }) => key === reading.key);
      return {
        ...slot,
        doubt: false,
        proven: 'known',
        proven_key: reading.key,
        proven_at: now,
        holds: ours === undefined ? [] : [ours],
      };
    }
  }
}
