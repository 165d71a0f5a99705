import type { Site } from '../core/site.ts';
import { horizonAt } from '../scheduler/compile.ts';
import { lintSchedule } from '../scheduler/lint.ts';
import { openZone } from '../scheduler/zone.ts';
import type { Finding } from '../site-file/problem.ts';

/** What the site file's schedules will not do as their author may expect, from now (wall milliseconds) on. */
export function scheduleFindings({ schedules, holidays, time_zone }: Site, now: number): Finding[] {
  const zone = openZone(time_zone);
  const sets = new Map(holidays.map(({ id, days }) => [id, days]));
  const holidayName = new Map(holidays.map(({ id, name }) => [id, name]));
  return schedules.flatMap((schedule) =>
    lintSchedule(schedule, sets, zone, horizonAt(now)).map(({ pointer, detail }): Finding => {
      const parts = pointer.split('/').slice(1);
      const [where, at = '', ...more] = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      const path = ['schedules', schedule.name];
      const finding = { severity: 'warning', message: detail } as const;
      switch (where) {
        case 'week':
          return { ...finding, path: [...path, at, ...more] };
        case 'exceptions':
          return { ...finding, path: [...path, 'exceptions', at, ...more] };
        case 'holidays': {
          const name = holidayName.get(schedule.holidays[Number(at)]?.holiday_id ?? '') ?? '';
          return { ...finding, path: [...path, 'holidays', name, ...more.slice(1)] };
        }
        default:
          return { ...finding, path, at: 'key' };
      }
    }),
  );
}
