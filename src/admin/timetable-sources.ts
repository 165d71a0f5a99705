import type { HolidaySets } from '../core/schedule.ts';
import type { Site } from '../core/site.ts';
import type { RowRef } from '../core/table-row.ts';
import type { Timetable } from '../core/timetable.ts';
import type { TimetableRule } from '../core/timetable-rule.ts';
import type { Horizon } from '../scheduler/compile.ts';
import { compileTimetable } from '../scheduler/timetable.ts';
import type { Zone } from '../scheduler/zone.ts';
import type { Change } from '../schema/storage.ts';
import type { Directory } from './storage.ts';

/** What times are worked out with, as of the last durable commit. Replaced, never changed. */
export interface TimeBase {
  holidays: HolidaySets;
  zone: Zone;
  horizon: Horizon;
}

export interface TimetableSource {
  readonly row: 'timetable';
  /** The door's id. */
  readonly id: string;
  /** Worked out when first asked for, once for all doors of a timetable. */
  timetable(): Timetable;
}

/** What the doors' timetables are made of, as of the last durable commit. */
export interface TimetableSources {
  apply(change: Extract<Change, { kind: 'timetable' }>): void;
  /** Null when the door goes by no timetable, or nothing yet says for how long to work it out. */
  of(doorId: string): TimetableSource | null;
  all(): TimetableSource[];
  /** Doors that other records' changes touch: those whose timetable goes by a changed holiday, or all by a new horizon. */
  touched(changes: readonly Change[]): RowRef[];
}

interface Attached {
  /** Of the timetable. */
  id: string;
  rules: readonly TimetableRule[];
}

/** Takes over the directory's records. A door that the site file gives a timetable goes by that one, whatever the records say. */
export function timetableSources(
  directory: Pick<Directory, 'timetables'>,
  site: Pick<Site, 'timetables'>,
  base: () => TimeBase | null,
): TimetableSources {
  const fixed = new Map<string, Attached>(
    site.timetables.flatMap(({ id, door_ids, rules }) =>
      door_ids.map((door) => [door, { id, rules }] as const),
    ),
  );
  const stored = new Map<string, Attached>();
  const attach = ({ id, door_ids, rules }: Attached & { door_ids: readonly string[] }): void => {
    for (const door of door_ids) stored.set(door, { id, rules });
  };
  for (const timetable of directory.timetables.values()) attach(timetable);

  const attachedTo = (door: string): Attached | undefined => fixed.get(door) ?? stored.get(door);
  const worked = new WeakMap<Attached['rules'], { base: TimeBase; timetable(): Timetable }>();
  const workOf = (rules: Attached['rules'], now: TimeBase): (() => Timetable) => {
    const known = worked.get(rules);
    if (known !== undefined && sameBase(known.base, now)) return known.timetable;
    let made: Timetable | null = null;
    const timetable = (): Timetable => {
      made ??= compileTimetable(rules, now.holidays, now.zone, now.horizon);
      return made;
    };
    worked.set(rules, { base: now, timetable });
    return timetable;
  };
  const of = (door: string): TimetableSource | null => {
    const [attached, now] = [attachedTo(door), base()];
    if (attached === undefined || now === null) return null;
    return { row: 'timetable', id: door, timetable: workOf(attached.rules, now) };
  };
  const doors = (): string[] => [...new Set([...fixed.keys(), ...stored.keys()])];

  return {
    apply({ id, after }) {
      for (const [door, attached] of stored) if (attached.id === id) stored.delete(door);
      if (after !== null) attach(after);
    },
    of,
    all: () => doors().flatMap((door) => of(door) ?? []),
    touched(changes) {
      const moved = changes.some(({ kind }) => kind === 'horizon');
      const changed = new Set(changes.filter(({ kind }) => kind === 'holiday').map(({ id }) => id));
      const goesBy = (door: string): boolean =>
        attachedTo(door)?.rules.some(({ holidays }) =>
          holidays.some(({ holiday_id }) => changed.has(holiday_id)),
        ) ?? false;
      const ids = moved ? doors() : changed.size > 0 ? doors().filter(goesBy) : [];
      return ids.map((id) => ({ row: 'timetable', id }));
    },
  };
}

const sameBase = (a: TimeBase, b: TimeBase): boolean =>
  a.holidays === b.holidays && a.zone === b.zone && a.horizon === b.horizon;
