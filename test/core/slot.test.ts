import { expect, test } from 'vitest';
import type { HolderTraits } from '../../src/core/holder.ts';
import { chooseSlot, ordered, type Slot, unknownSlot } from '../../src/core/slot.ts';

const traits: HolderTraits = {
  capacity: 3,
  first_slot: 1,
  reserved_slots: [3],
  code_lengths: [4],
  confirm_at: 'read_back',
  removal_proof: 'read_back',
  reads: 'digits',
  sleeps: false,
};
const slots = (...all: Slot[]) => new Map(all.map((each) => [each.slot, each]));
const lookedAt = (slot: number): Slot =>
  ordered(unknownSlot('lock', slot), { order_id: `order-${slot}`, op: 'read', revision: 0 }, null);
const empty = (slot: number): Slot => ({ ...unknownSlot('lock', slot), proven: 'empty', proven_at: 1 });
const taken = (slot: number): Slot => ({ ...empty(slot), credential_id: 'somebody' });

test('a device whose slots are just being looked at for the first time is not full', () => {
  expect(chooseSlot(traits, slots(lookedAt(1), lookedAt(2)), 'key', 2)).toBe(1);
  expect(chooseSlot(traits, slots(lookedAt(1), empty(2)), 'key', 2)).toBe(2);
  expect(chooseSlot(traits, slots(taken(1), lookedAt(2)), 'key', 2)).toBe(2);
});

test('a slot proved to be empty goes before one not known, and of those the lowest, being looked at or not', () => {
  expect(chooseSlot(traits, slots(lookedAt(1)), 'key', 2)).toBe(1);
  expect(chooseSlot(traits, slots(taken(1)), 'key', 2)).toBe(2);
  expect(chooseSlot(traits, slots(empty(2)), 'key', 2)).toBe(2);
});

test('a slot of somebody else, or a reserved one, is never given away', () => {
  expect(chooseSlot(traits, slots(taken(1), taken(2)), 'key', 2)).toBeNull();
  const read = { ...lookedAt(2), proven: 'known', proven_key: 'other', proven_at: 1 } as const;
  expect(chooseSlot(traits, slots(taken(1), read), 'key', 2)).toBeNull();
});
