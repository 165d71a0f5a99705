import { capacityOf } from '../core/capacity.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { effectiveAccessAtDoor } from './effective-access.ts';
import type { DoorAccessService } from './ports.ts';
import type { HolderBook } from './programming/wants.ts';
import type { Directory } from './storage.ts';

/** Who gets in at each door, and what it takes of their codes. */
export function doorAccess(parts: {
  site: Site;
  book: HolderBook;
  directory: Directory;
  clock: Clock;
  feedCursor(): string;
}): DoorAccessService {
  const { site, book, directory, clock } = parts;
  const { min_length, max_length } = site.pin;
  const lengths = Array.from({ length: max_length - min_length + 1 }, (_, i) => min_length + i);
  /** Counted anew after a change only: the doors are asked for more often than anybody changes anything. */
  let counted: ReadonlyMap<string, number> | null = null;
  directory.onCommitted(({ changes }) => {
    if (changes.some(({ kind }) => kind === 'credential' || kind === 'access' || kind === 'door_group')) {
      counted = null;
    }
  });

  return {
    capabilities(doorId) {
      const lock = book.byDoor.get(doorId);
      if (lock === undefined) {
        counted ??= programmedByDoor(directory);
        return {
          max_codes: null,
          used_codes: counted.get(doorId) ?? 0,
          code_lengths: lengths,
          schedules: true,
          programs_while_armed: true,
        };
      }
      const { capacity, reserved, used } = capacityOf(lock.traits, directory.slotsOf(lock.id), clock.wall());
      return {
        max_codes: capacity - reserved,
        used_codes: used,
        code_lengths: [...lock.traits.code_lengths],
        schedules: false,
        programs_while_armed: true,
      };
    },
    async effectiveAccess(doorId, query) {
      const door = site.doors.find(({ id }) => id === doorId);
      if (door === undefined) throw new AppError('not_found', 'no door of this site has this id');
      // Taken first: what changes between the turns is in the feed from here on.
      const feed_cursor = parts.feedCursor();
      return { ...(await effectiveAccessAtDoor(directory, site, door, query)), feed_cursor };
    },
  };
}

/** Programmed credentials that lead to each door. People who may go to the same places, as most do, are counted together. */
function programmedByDoor(directory: Directory): Map<string, number> {
  const alike = new Map<string, { targets: readonly string[]; codes: number }>();
  for (const id of directory.users.keys()) {
    const codes = directory.credentialsOf(id).filter(({ state }) => state === 'programmed').length;
    if (codes === 0) continue;
    const targets = directory
      .accessOf(id)
      .flatMap(({ target }) =>
        'door_id' in target ? [target.door_id] : 'door_group_id' in target ? [target.door_group_id] : [],
      )
      .sort();
    const key = targets.join(' ');
    const known = alike.get(key);
    alike.set(key, { targets, codes: codes + (known?.codes ?? 0) });
  }
  const counts = new Map<string, number>();
  for (const { targets, codes } of alike.values()) {
    const doors = new Set(targets.flatMap((id) => directory.door_groups.get(id)?.door_ids ?? [id]));
    for (const door of doors) counts.set(door, (counts.get(door) ?? 0) + codes);
  }
  return counts;
}
