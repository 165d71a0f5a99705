import type { HolidayRule } from '../core/schedule.ts';
import type { Site } from '../core/site.ts';
import { horizonAt } from '../scheduler/compile.ts';
import { keylessReaders } from '../scheduler/keyless-readers.ts';
import { lintSchedule } from '../scheduler/lint.ts';
import { lintTimetable } from '../scheduler/timetable-lint.ts';
import { openZone } from '../scheduler/zone.ts';
import type { Finding } from '../site-file/problem.ts';

/** What the site file's schedules and timetables will not do as their author may expect, from now (wall milliseconds) on. */
export function scheduleFindings(site: Site, now: number): Finding[] {
  const { schedules, timetables, holidays } = site;
  const zone = openZone(site.time_zone);
  const sets = new Map(holidays.map(({ id, days }) => [id, days]));
  const names = new Map(holidays.map(({ id, name }) => [id, name]));
  const nameOf = (rules: readonly HolidayRule[], i: number): string =>
    names.get(rules[i]?.holiday_id ?? '') ?? '';
  return [
    ...schedules.flatMap((schedule) =>
      lintSchedule(schedule, sets, zone, horizonAt(now)).map(({ pointer, detail }) =>
        finding(['schedules', schedule.name], partsOf(pointer), (i) => nameOf(schedule.holidays, i), detail),
      ),
    ),
    ...timetables.flatMap(({ name, rules }) =>
      lintTimetable(rules, sets, zone, horizonAt(now)).map(({ pointer, detail }): Finding => {
        if (pointer === '')
          return { severity: 'warning', path: ['timetables', name], at: 'key', message: detail };
        const [, at, ...parts] = partsOf(pointer);
        const holidayName = (i: number) => nameOf(rules[Number(at)]?.holidays ?? [], i);
        return finding(['timetables', name, 'rules', Number(at)], parts, holidayName, detail);
      }),
    ),
    ...timetables.flatMap(({ rules, door_ids }) =>
      site.doors
        .filter(({ id }) => door_ids.includes(id))
        .flatMap((door) =>
          keylessReaders(rules, [door.id], site).map(({ detail }): Finding => {
            return { severity: 'warning', path: ['doors', door.name, 'timetable'], message: detail };
          }),
        ),
    ),
  ];
}

const partsOf = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

/** The place in the site file: it has the days of the week beside the rest, and holidays by their names. */
function finding(
  path: readonly (string | number)[],
  [where, at = '', ...more]: readonly (string | number)[],
  holidayName: (i: number) => string,
  message: string,
): Finding {
  const warning = { severity: 'warning', message } as const;
  switch (where) {
    case 'week':
      return { ...warning, path: [...path, at, ...more] };
    case 'exceptions':
      return { ...warning, path: [...path, 'exceptions', at, ...more] };
    case 'holidays':
      return { ...warning, path: [...path, 'holidays', holidayName(Number(at)), ...more.slice(1)] };
    case 'cron':
    case 'first_person':
      return { ...warning, path: [...path, where] };
    default:
      return { ...warning, path, at: 'key' };
  }
}
