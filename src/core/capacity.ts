import type { HolderTraits } from './holder.ts';
import { isOccupied, type Slot, slotNumbers } from './slot.ts';

/** Slots of a device, counted. `capacity` includes the reserved ones, `used` does not. */
export interface Capacity {
  capacity: number;
  reserved: number;
  used: number;
}

/** @param now wall ms: slots at rest after a removal count as used until their time is over */
export function capacityOf(traits: HolderTraits, slots: ReadonlyMap<number, Slot>, now: number): Capacity {
  const usable = new Set(slotNumbers(traits));
  let used = 0;
  for (const slot of slots.values()) if (usable.has(slot.slot) && isOccupied(slot, now)) used += 1;
  return { capacity: traits.capacity, reserved: traits.capacity - usable.size, used };
}

/** Whether the device is as good as full: 90 % of what may be used. */
export function isNearlyFull({ capacity, reserved, used }: Capacity): boolean {
  return used * 10 >= (capacity - reserved) * 9;
}
