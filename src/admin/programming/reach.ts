import { isDeepStrictEqual } from 'node:util';
import type { SlotHolder } from '../../core/slot-holder.ts';
import type { DoorsStatus } from '../../core/status.ts';
import { maxOpen, type Reach } from './dispatch.ts';
import { misconfiguredMs } from './settle.ts';
import type { HolderBook } from './wants.ts';

/** What is known here of the devices: the door process's last picture, for answers and for not sending in vain. */
export interface Reaches {
  /** Takes a new picture. True when something may be sent now that could not be before, or the other way round. */
  seen(status: DoorsStatus, now: number): boolean;
  of(holder: SlotHolder, now: number): Reach;
  /** The first of these partitions (none: all of the device's) that is not known to be disarmed; null: all are. */
  armed(holder: SlotHolder, partitions: readonly string[]): string | null;
  /** Somebody says that the device has been set right: it may be tried at once. */
  probeNow(holderId: string): void;
  /** A device that is set up wrongly was tried. */
  probed(holderId: string, now: number): void;
}

export function reaches(book: HolderBook, status: () => DoorsStatus | null): Reaches {
  const eased = new Map<string, number>();
  const probeAt = new Map<string, number>();
  const armedIn = (
    picture: DoorsStatus | null,
    holder: SlotHolder,
    partitions: readonly string[],
  ): string | null => {
    if (holder.kind !== 'panel') return null;
    if (picture?.holders.find(({ id }) => id === holder.id)?.programs_while_armed === true) return null;
    const names = partitions.length > 0 ? partitions : holder.partitions.map(({ name }) => name);
    const disarmed = (name: string): boolean =>
      picture?.partitions.some((one) => one.name === name && one.state === 'disarmed') ?? false;
    return names.find((name) => !disarmed(name)) ?? null;
  };
  /** Everything in a picture that lets a device be written. */
  const goodOf = (holder: SlotHolder, picture: DoorsStatus): string[] => {
    const found = picture.holders.find(({ id }) => id === holder.id);
    const disarmed = picture.partitions.filter(({ state }) => state === 'disarmed');
    return [
      ...(found?.state === 'online' ? [`online ${found.since}`] : []),
      ...(found?.misconfigured === null ? ['configured'] : []),
      ...(holder.kind === 'panel' ? disarmed.map(({ name }) => `disarmed ${name}`) : []),
    ];
  };
  const good = new Map<string, string[]>();

  return {
    seen(picture, now) {
      let changed = false;
      for (const holder of book.holders.values()) {
        const before = good.get(holder.id) ?? [];
        const is = goodOf(holder, picture);
        if (isDeepStrictEqual(before, is)) continue;
        good.set(holder.id, is);
        changed = true;
        if (is.every((fact) => before.includes(fact))) continue;
        eased.set(holder.id, now);
        probeAt.delete(holder.id);
      }
      return changed;
    },
    of(holder, now) {
      const picture = status();
      const found = picture?.holders.find(({ id }) => id === holder.id);
      const misconfigured = (found?.misconfigured ?? null) !== null;
      // A longer wait is of before the clock was put back.
      const waits = (probeAt.get(holder.id) ?? 0) - now;
      const limit = misconfigured ? (waits <= 0 || waits > misconfiguredMs ? 1 : 0) : maxOpen;
      return {
        state: found?.state ?? 'unknown',
        misconfigured,
        since: found?.state === 'online' ? found.since : 0,
        eased: eased.get(holder.id) ?? 0,
        limit,
        armed: (partitions) => armedIn(picture, holder, partitions),
      };
    },
    armed: (holder, partitions) => armedIn(status(), holder, partitions),
    probeNow: (id) => void probeAt.delete(id),
    probed: (id, now) => void probeAt.set(id, now + misconfiguredMs),
  };
}
