import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { type HolidayFields, holidayFields, type StoredSchedule } from '../schema/schedule.ts';
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
  const usedBy = (id: string): StoredSchedule[] =>
    [...directory.schedules.values()].filter(({ holidays }) =>
      holidays.some(({ holiday_id }) => holiday_id === id),
    );
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
      const count = usedBy(id).length;
      if (count === 0) return [];
      const message = `${count} schedules still go by these holidays: change them first`;
      throw new AppError('still_referenced', message, { members: { count } });
    },
    candidates: () => book.holidayIds(),
    matches: (_, __: Record<string, never>) => true,
    warnings: (holiday) =>
      usedBy(holiday.id).flatMap((schedule) =>
        book
          .lint(schedule, new Map([[holiday.id, holiday.days]]))
          .filter(({ code }) => code === 'shadowed' || code === 'no_effective_minute')
          .map((warning) => ({
            ...warning,
            pointer: '/days',
            detail: `schedule ${schedule.name}: ${warning.detail}`,
          })),
      ),
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
