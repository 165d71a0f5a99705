import type { HolidayDay, Schedule } from '../core/schedule.ts';
import type { Site } from '../core/site.ts';
import type { RowRef } from '../core/table-row.ts';
import type { Zone } from '../scheduler/zone.ts';
import type { ScheduleHorizon } from '../schema/schedule.ts';
import type { Change } from '../schema/storage.ts';
import type { Directory } from './storage.ts';
import type { RowSource } from './table-compiler.ts';
import type { TimeBase } from './timetable-sources.ts';

type ScheduleSource = Extract<RowSource, { row: 'schedule' }>;

/** What the doors' schedules are made of, as of the last durable commit: records, the site file, and the horizon. */
export interface ScheduleSources {
  apply(change: Extract<Change, { kind: 'schedule' | 'holiday' | 'horizon' }>): void;
  /** Null when there is no such schedule, or nothing yet says for how long to work it out. */
  of(id: string): ScheduleSource | null;
  all(): ScheduleSource[];
  /** Holidays, zone and horizon; null when nothing yet says for how long to work anything out. */
  base(): TimeBase | null;
  /** Schedules that other records' changes touch: those by a changed holiday, or all by a new horizon. */
  touched(changes: readonly Change[]): RowRef[];
}

/** Takes over the directory's records. Call it after loading, before the first commit. */
export function scheduleSources(
  directory: Pick<Directory, 'schedules' | 'holidays' | 'horizon'>,
  site: Pick<Site, 'schedules' | 'holidays'>,
  zone: Zone,
): ScheduleSources {
  const schedules = new Map<string, Schedule>([
    ...site.schedules.map((one) => [one.id, one] as const),
    ...directory.schedules,
  ]);
  // Replaced as a whole: sources on offer go on with the one they have.
  let holidays: ReadonlyMap<string, readonly HolidayDay[]> = new Map([
    ...site.holidays.map(({ id, days }) => [id, days] as const),
    ...[...directory.holidays].map(([id, { days }]) => [id, days] as const),
  ]);
  let [horizon]: (ScheduleHorizon | undefined)[] = [...directory.horizon.values()];

  const of = (id: string): ScheduleSource | null => {
    const schedule = schedules.get(id);
    if (schedule === undefined || horizon === undefined) return null;
    return { row: 'schedule', id, schedule, holidays, zone, horizon };
  };
  const withRule = (holidayIds: ReadonlySet<string>): string[] =>
    [...schedules]
      .filter(([, schedule]) => schedule.holidays.some(({ holiday_id }) => holidayIds.has(holiday_id)))
      .map(([id]) => id);

  return {
    apply(change) {
      switch (change.kind) {
        case 'schedule':
          if (change.after === null) schedules.delete(change.id);
          else schedules.set(change.id, change.after);
          break;
        case 'holiday': {
          const next = new Map(holidays);
          if (change.after === null) next.delete(change.id);
          else next.set(change.id, change.after.days);
          holidays = next;
          break;
        }
        case 'horizon':
          horizon = change.after ?? undefined;
          break;
      }
    },
    of,
    all: () => [...schedules.keys()].map(of).filter((source) => source !== null),
    base: () => (horizon === undefined ? null : { holidays, zone, horizon }),
    touched(changes) {
      const moved = changes.some(({ kind }) => kind === 'horizon');
      const changed = new Set(changes.filter(({ kind }) => kind === 'holiday').map(({ id }) => id));
      const ids = moved ? [...schedules.keys()] : changed.size > 0 ? withRule(changed) : [];
      return ids.map((id) => ({ row: 'schedule', id }));
    },
  };
}
