import type { HolidaySets, ScheduleEdges } from '../core/schedule.ts';
import type { Site } from '../core/site.ts';
import type { TimetableRule } from '../core/timetable-rule.ts';
import type { Horizon } from '../scheduler/compile.ts';
import { compileTimetable } from '../scheduler/timetable.ts';
import type { Zone } from '../scheduler/zone.ts';
import type { Directory } from './storage.ts';

/** When a door opens for nobody by its timetable: stretches in order, as far as they were worked out. */
export interface ShutDoor extends Horizon {
  shut: readonly Horizon[];
}

/** Finds it for each door; null: its timetable never shuts it, or it has none. */
export function shutDoors(
  site: Pick<Site, 'timetables'>,
  directory: Pick<Directory, 'timetables'>,
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): (doorId: string) => ShutDoor | null {
  const shuts = (rules: readonly TimetableRule[]): boolean => rules.some(({ mode }) => mode === 'disabled');
  const rulesOf = new Map<string, readonly TimetableRule[]>();
  for (const { door_ids, rules } of [...site.timetables, ...directory.timetables.values()]) {
    if (shuts(rules)) for (const id of door_ids) rulesOf.set(id, rules);
  }
  const shutBy = (rules: readonly TimetableRule[]): ShutDoor => {
    const { periods } = compileTimetable(rules, holidays, zone, horizon);
    return { ...horizon, shut: periods.filter(({ mode }) => mode === 'disabled') };
  };
  const known = new Map<readonly TimetableRule[], ShutDoor>();
  return (doorId) => {
    const rules = rulesOf.get(doorId);
    if (rules === undefined) return null;
    const found = known.get(rules) ?? shutBy(rules);
    known.set(rules, found);
    return found;
  };
}

/**
 * Whether a schedule (null: always) contains any instant between two (wall milliseconds) at which a door is not shut; true where they lie
 * beyond what was worked out.
 * @param door null: never shut
 */
export function reaches(
  schedule: ScheduleEdges | null,
  from: number,
  until: number,
  door: ShutDoor | null = null,
): boolean {
  const last = Math.min(schedule?.until ?? Number.POSITIVE_INFINITY, door?.until ?? Number.POSITIVE_INFINITY);
  if (from >= last) return true;
  const open = schedule?.edges ?? [Number.NEGATIVE_INFINITY];
  for (let i = 0; i < open.length; i += 2) {
    const opens = Math.max(open[i] ?? 0, schedule?.from ?? from, from);
    const closes = Math.min(open[i + 1] ?? last, last, until);
    if (opens < closes && !isShut(door, opens, closes)) return true;
  }
  return false;
}

function isShut(door: ShutDoor | null, from: number, until: number): boolean {
  let at = from;
  for (const shut of door?.shut ?? []) {
    if (shut.until <= at) continue;
    if (shut.from > at) return false;
    at = shut.until;
    if (at >= until) return true;
  }
  return false;
}
