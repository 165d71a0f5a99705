import { z } from 'zod';
import type { DayWindow, HolidayDay, HolidayRule } from '../core/schedule.ts';
import { duration } from './duration.ts';
import { choice, line } from './leaf.ts';
import { calendarDate, endTime, startTime } from './schedule.ts';

/** Schedules, timetables and holidays as an installer writes them in the site file: windows, dates and days are one text each. */

const windowText =
  'a window such as "09:00-17:00", within 00:00 to 24:00 and not empty; "22:00-06:00" ends the day after';
const dateText = 'a date such as "2026-12-24"';
const dayText =
  'a day such as "2026-12-24", several as "2026-12-24/2027-01-02", or "12-24" or "12-24/01-02" for those of every year';
const ruleText = '"closed", "ignored", or a list of windows such as ["10:00-14:00"]';

const table = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, { error: 'a table' });

/** A value of another shape than its text: what does not fit is told by `expected`. */
function readAs<T>(expected: string, read: (value: unknown) => T | null) {
  return z.unknown().transform((value, context): T => {
    const found = read(value);
    if (found !== null) return found;
    context.issues.push({ code: 'custom', message: expected, input: value });
    return z.NEVER;
  });
}

const window = readAs(windowText, readWindow);
const windows = z
  .array(window, { error: 'a list of windows, such as ["09:00-12:00", "13:00-17:00"]' })
  .max(24, { error: 'at most 24 windows a day' });
/** TOML's own dates come as objects that print themselves. */
const date = readAs(dateText, (value) => readDate(value instanceof Date ? value.toISOString() : value));

/** Windows of each day of the week. */
const week = {
  mon: windows.default([]),
  tue: windows.default([]),
  wed: windows.default([]),
  thu: windows.default([]),
  fri: windows.default([]),
  sat: windows.default([]),
  sun: windows.default([]),
};
/** What changes a week on single days. */
const dates = {
  valid_from: date.optional(),
  valid_until: date.optional(),
  holidays: z.record(z.string(), readAs(ruleText, readRule), { error: 'a table' }).default({}),
  exceptions: z
    .array(table({ date, windows: windows.default([]) }), { error: 'a list of tables with date and windows' })
    .default([]),
};

export const scheduleTable = table({ ...week, ...dates });
export type ScheduleTable = z.output<typeof scheduleTable>;

/** One rule of a timetable: when its doors stand otherwise than normal. Which keys go together is checked in `site-file/`. */
export const timetableRuleTable = table({
  mode: choice(['unlocked', 'card_and_pin', 'disabled']),
  ...week,
  cron: line('a cron expression such as "0 8 * * mon-fri"').optional(),
  for: duration('1m', '168h').optional(),
  first_person: window.optional(),
  ...dates,
});
export type TimetableRuleTable = z.output<typeof timetableRuleTable>;

export const timetableTable = table({
  rules: z
    .array(timetableRuleTable, { error: 'a list of rules, each a table [[timetables.NAME.rules]]' })
    .min(1, { error: 'at least one rule' })
    .max(16, { error: 'at most 16 rules' }),
});
export type TimetableTable = z.output<typeof timetableTable>;

export const holidayTable = table({
  days: z.array(readAs(dayText, readDay), { error: 'a list of days' }),
});
export type HolidayTable = z.output<typeof holidayTable>;

function readWindow(value: unknown): DayWindow | null {
  const [from = '', to = '', ...more] = typeof value === 'string' ? value.split('-') : [];
  const right = startTime.safeParse(from).success && endTime.safeParse(to).success && from !== to;
  return right && more.length === 0 ? { from, to } : null;
}

function readDate(value: unknown): string | null {
  return calendarDate.safeParse(value).data ?? null;
}

function readRule(value: unknown): Pick<HolidayRule, 'rule' | 'windows'> | null {
  if (value === 'closed' || value === 'ignored') return { rule: value, windows: [] };
  const read = windows.min(1).safeParse(value);
  return read.success ? { rule: 'windows', windows: read.data } : null;
}

function readDay(value: unknown): HolidayDay | null {
  if (typeof value !== 'string') return null;
  const [first = '', last, ...more] = value.split('/');
  const isYearly = (day: string) => /^\d\d-\d\d$/.test(day);
  const yearly = isYearly(first);
  if (last !== undefined && isYearly(last) !== yearly) return null;
  // A leap year, so that 29 February may be written.
  const [begin, end] = [first, last].map((day) =>
    day === undefined ? null : readDate(yearly ? `2000-${day}` : day),
  );
  if (begin == null || more.length > 0 || (last !== undefined && end == null)) return null;
  if (last !== undefined && !yearly && (end ?? '') < begin) return null;
  return { date: begin, until: end ?? null, yearly };
}
