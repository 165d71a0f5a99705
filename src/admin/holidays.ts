import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../core/error.ts';
import type { Schedule } from '../core/schedule.ts';
import type { Site } from '../core/site.ts';
import type { ScheduleWarning } from '../scheduler/lint.ts';
import { type HolidayFields, holidayFields, type StoredSchedule } from '../schema/schedule.ts';
import type { StoredTimetable } from '../schema/timetable.ts';
import { leftOut } from './effective-time.ts';
import { checked, invalidInput } from './input.ts';
import type { AdminService } from './ports.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import { scheduleBook } from './schedule-book.ts';
import { refuseFixed } from './schedules.ts';
import type { Directory } from './storage.ts';

/** Named sets of days. What becomes of them, each schedule says. Those of the site file are shown and cannot be changed. */
export function holidaysService(parts: {
  directory: Directory;
  writer: RecordWriter;
  site(): Site;
  feedCursor(): string;
}): AdminService['holidays'] {
  const { directory, writer, site } = parts;
  const book = scheduleBook({ directory, site, now: writer.now });
  const goesBy = (id: string, { holidays }: Pick<Schedule, 'holidays'>): boolean =>
    holidays.some(({ holiday_id }) => holiday_id === id);
  const schedulesBy = (id: string): StoredSchedule[] =>
    [...directory.schedules.values()].filter((one) => goesBy(id, one));
  const timetablesBy = (id: string): StoredTimetable[] =>
    [...directory.timetables.values()].filter(({ rules }) => rules.some((rule) => goesBy(id, rule)));
  return resource(parts, {
    kind: 'holiday',
    records: { get: book.holiday },
    fields: ({ id, revision, created_at, updated_at, ...fields }) => fields,
    make(fields, stamp) {
      refuseFixed(book, stamp.id);
      const holiday = checked(holidayFields, fields);
      checkDays(holiday);
      return { ...stamp, ...holiday };
    },
    show: (holiday) => ({ ...holiday, fixed: book.isFixed(holiday.id) }),
    narrows: (before, after) => !isDeepStrictEqual(before.days, after.days),
    removal({ id }) {
      refuseFixed(book, id);
      const count = schedulesBy(id).length + timetablesBy(id).length;
      if (count === 0) return [];
      const message = `${count} schedules and timetables still go by these holidays: change them first`;
      throw new AppError('still_referenced', message, { members: { count } });
    },
    candidates: () => book.holidayIds(),
    matches: (_, __: Record<string, never>) => true,
    warnings({ id, days }) {
      const instead = new Map([[id, days]]);
      const told = (what: string, warnings: readonly ScheduleWarning[]): ScheduleWarning[] =>
        warnings
          .filter(({ code }) => code === 'shadowed' || code === 'no_effective_minute')
          .map((warning) => ({ ...warning, pointer: '/days', detail: `${what}: ${warning.detail}` }));
      return [
        ...schedulesBy(id).flatMap((one) => told(`schedule ${one.name}`, book.lint(one, instead))),
        ...timetablesBy(id).flatMap((one) =>
          told(`timetable ${one.name}`, book.lintRules(one.rules, instead)),
        ),
        ...leftOut(book, directory, Date.parse(writer.now()), { holidays: instead }, ({ schedule_id }) => {
          const schedule = book.schedule(schedule_id ?? '');
          return schedule !== undefined && goesBy(id, schedule);
        }),
      ];
    },
  });
}

function checkDays({ days }: HolidayFields): void {
  const faults = days.flatMap(({ date, until, yearly }, i) =>
    until !== null && until < date && !yearly
      ? [{ pointer: `/days/${i}/until`, detail: 'must not be earlier than date' }]
      : [],
  );
  if (faults.length > 0) throw invalidInput(...faults);
}
