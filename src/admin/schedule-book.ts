import type { HolidayDay, HolidaySets, Schedule, ScheduleEdges } from '../core/schedule.ts';
import type { Site } from '../core/site.ts';
import type { TimetableRule } from '../core/timetable-rule.ts';
import { compileSchedule, horizonAt } from '../scheduler/compile.ts';
import { lintSchedule, type ScheduleWarning } from '../scheduler/lint.ts';
import { lintTimetable } from '../scheduler/timetable-lint.ts';
import { openZone } from '../scheduler/zone.ts';
import type { StoredHoliday, StoredSchedule } from '../schema/schedule.ts';
import { type ShutDoor, shutDoors } from './shut-doors.ts';
import type { Directory } from './storage.ts';

/** All schedules and holidays there are: those of the API, and those of the site file. */
export interface ScheduleBook {
  schedule(id: string): StoredSchedule | undefined;
  holiday(id: string): StoredHoliday | undefined;
  /** Ids in order, those of the site file among them. */
  scheduleIds(): readonly string[];
  holidayIds(): readonly string[];
  isFixed(id: string): boolean;
  sets(): HolidaySets;
  /** What `schedule` will not do as somebody may expect; `holidays` stand in for those of their ids. */
  lint(schedule: Schedule, holidays?: HolidaySets): ScheduleWarning[];
  /** The same of the rules of a timetable. */
  lintRules(rules: readonly TimetableRule[], holidays?: HolidaySets): ScheduleWarning[];
  /** It, worked out for as long as at the doors; `holidays` as for `lint`. */
  edges(schedule: Schedule, holidays?: HolidaySets): ScheduleEdges;
  /** Finds when a door opens for nobody by its timetable; `holidays` as for `lint`. */
  shutDoors(holidays?: HolidaySets): (doorId: string) => ShutDoor | null;
}

/** Of what is fixed: it has no history here, and begins with the site file. */
export const fixedStamp = {
  revision: 1,
  created_at: '1970-01-01T00:00:00.000Z',
  updated_at: '1970-01-01T00:00:00.000Z',
  external_id: null,
};

/** @param parts.now the present instant, ISO 8601 */
export function scheduleBook(parts: {
  directory: Pick<Directory, 'schedules' | 'holidays' | 'timetables' | 'ids'>;
  site(): Pick<Site, 'schedules' | 'holidays' | 'timetables' | 'time_zone'>;
  now(): string;
}): ScheduleBook {
  const { directory } = parts;
  const site = parts.site();
  // What was found of a zone is kept in it.
  const zone = openZone(site.time_zone);
  const schedules = new Map(site.schedules.map((one) => [one.id, storedSchedule(one)]));
  const holidays = new Map(
    site.holidays.map(({ days, ...one }) => [one.id, { ...fixedStamp, ...one, days: [...days] }]),
  );
  const horizon = () => horizonAt(Date.parse(parts.now()));
  const sets = (): Map<string, readonly HolidayDay[]> =>
    new Map([...holidays, ...directory.holidays].map(([id, { days }]) => [id, days]));

  return {
    schedule: (id) => schedules.get(id) ?? directory.schedules.get(id),
    holiday: (id) => holidays.get(id) ?? directory.holidays.get(id),
    scheduleIds: () => [...schedules.keys(), ...directory.ids('schedule')].sort(),
    holidayIds: () => [...holidays.keys(), ...directory.ids('holiday')].sort(),
    isFixed: (id) => schedules.has(id) || holidays.has(id),
    sets,
    lint: (schedule, instead = new Map()) =>
      lintSchedule(schedule, new Map([...sets(), ...instead]), zone, horizon()),
    lintRules: (rules, instead = new Map()) =>
      lintTimetable(rules, new Map([...sets(), ...instead]), zone, horizon()),
    edges: (schedule, instead = new Map()) =>
      compileSchedule(schedule, new Map([...sets(), ...instead]), zone, horizon()),
    shutDoors: (instead = new Map()) =>
      shutDoors(site, directory, new Map([...sets(), ...instead]), zone, horizon()),
  };
}

function storedSchedule(one: Site['schedules'][number]): StoredSchedule {
  const { mon, tue, wed, thu, fri, sat, sun } = one.week;
  return {
    ...fixedStamp,
    ...one,
    week: {
      mon: [...mon],
      tue: [...tue],
      wed: [...wed],
      thu: [...thu],
      fri: [...fri],
      sat: [...sat],
      sun: [...sun],
    },
    holidays: one.holidays.map((rule) => ({ ...rule, windows: [...rule.windows] })),
    exceptions: one.exceptions.map(({ date, windows }) => ({ date, windows: [...windows] })),
  };
}
