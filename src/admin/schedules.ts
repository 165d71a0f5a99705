import { isDeepStrictEqual } from 'node:util';
import { AppError, type FieldError } from '../core/error.ts';
import type { Schedule } from '../core/schedule.ts';
import type { Site } from '../core/site.ts';
import { compileSchedule, horizonAt } from '../scheduler/compile.ts';
import { scheduleCalendar } from '../scheduler/icalendar.ts';
import { openZone } from '../scheduler/zone.ts';
import { type ScheduleFields, scheduleFields } from '../schema/schedule.ts';
import { leftOut } from './effective-time.ts';
import { checked, invalidInput } from './input.ts';
import type { SchedulesService } from './ports.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import { type ScheduleBook, scheduleBook } from './schedule-book.ts';
import type { Directory } from './storage.ts';

/** Weekly windows with their holidays and exceptions. Those of the site file are shown and cannot be changed. */
export function schedulesService(parts: {
  directory: Directory;
  writer: RecordWriter;
  site(): Site;
  feedCursor(): string;
}): SchedulesService {
  const { directory, writer, site } = parts;
  const book = scheduleBook({ directory, site, now: writer.now });
  const schedules = resource(parts, {
    kind: 'schedule',
    records: { get: book.schedule },
    fields: ({ id, revision, created_at, updated_at, ...fields }) => fields,
    make(fields, stamp) {
      refuseFixed(book, stamp.id);
      const schedule = checked(scheduleFields, fields);
      const faults = datesFaults(schedule, book);
      if (faults.length > 0) throw invalidInput(...faults);
      return { ...stamp, ...schedule };
    },
    show: (schedule) => ({ ...schedule, fixed: book.isFixed(schedule.id) }),
    narrows: (before, after) => !isDeepStrictEqual(timesOf(before), timesOf(after)),
    removal({ id }) {
      refuseFixed(book, id);
      let count = 0;
      for (const { schedule_id } of directory.access.values()) if (schedule_id === id) count += 1;
      if (count === 0) return [];
      throw new AppError('still_referenced', `${count} access still use this schedule: change them first`, {
        members: { count },
      });
    },
    candidates: () => book.scheduleIds(),
    matches: (_, __: Record<string, never>) => true,
    warnings: (schedule) => [
      ...book.lint(schedule),
      ...leftOut(
        book,
        directory,
        Date.parse(writer.now()),
        { schedule },
        ({ schedule_id }) => schedule_id === schedule.id,
      ),
    ],
  });
  return {
    ...schedules,
    calendar(id) {
      const schedule = schedules.record(id);
      const now = Date.parse(writer.now());
      const zone = openZone(site().time_zone);
      const edges = compileSchedule(schedule, book.sets(), zone, horizonAt(now));
      return scheduleCalendar({ ...schedule, zone: zone.name }, edges, now);
    },
  };
}

/** What the site file says is not changed here. */
export function refuseFixed(book: Pick<ScheduleBook, 'isFixed'>, id: string): void {
  if (!book.isFixed(id)) return;
  throw new AppError('method_not_allowed', 'this stands in the site file: change it there and restart');
}

const timesOf = ({ week, valid_from, valid_until, holidays, exceptions }: ScheduleFields) => ({
  week,
  valid_from,
  valid_until,
  holidays,
  exceptions,
});

/** What is wrong with the days on which a schedule, or a rule of a timetable, is not as its week says. */
export function datesFaults(
  { valid_from, valid_until, holidays, exceptions }: Omit<Schedule, 'week'>,
  book: Pick<ScheduleBook, 'holiday'>,
): FieldError[] {
  const faults: FieldError[] = [];
  if (valid_from !== null && valid_until !== null && valid_until < valid_from) {
    faults.push({ pointer: '/valid_until', detail: 'must not be earlier than valid_from' });
  }
  for (const [i, { holiday_id, rule, windows }] of holidays.entries()) {
    const pointer = `/holidays/${i}`;
    if (book.holiday(holiday_id) === undefined) {
      const detail = 'there are no such holidays: GET /v1/holidays lists them';
      faults.push({ pointer: `${pointer}/holiday_id`, detail });
    }
    if ((rule === 'windows') !== windows.length > 0) {
      const detail = 'must be given for the rule windows, and only for it';
      faults.push({ pointer: `${pointer}/windows`, detail });
    }
  }
  const dates = exceptions.map(({ date }) => date);
  for (const [i, date] of dates.entries()) {
    if (dates.indexOf(date) < i) {
      faults.push({
        pointer: `/exceptions/${i}/date`,
        detail: 'has an exception already: one for each date',
      });
    }
  }
  return faults;
}
