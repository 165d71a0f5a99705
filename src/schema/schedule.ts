import { z } from 'zod';
import { externalId, stored, text, uuid } from './record.ts';

/** Schedules and holidays, as stored and as the API shows them. What they mean: `docs/time.md`. */

/** A reading of the wall clock that begins a window. */
export const startTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time such as 09:00, to 23:59' });
/** One that ends a window: the end of the day too. */
export const endTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'must be a time such as 17:00, to 24:00' });
export const calendarDate = z.iso.date({ error: 'must be a date such as 2026-12-24' }).describe('YYYY-MM-DD');

const sameTime = 'a window must not end when it begins: the whole day is 00:00 to 24:00';
export const dayWindow = z
  .strictObject({
    from: startTime.describe('HH:MM; the window begins with this minute'),
    to: endTime.describe(
      'HH:MM, to 24:00; the window ends before this minute, the day after if it is earlier',
    ),
  })
  .refine(({ from, to }) => from !== to, { error: sameTime, path: ['to'] });
const dayWindows = z.array(dayWindow).max(24);
const windows = dayWindows.default([]);

const holidayRule = z.strictObject({
  holiday_id: uuid,
  rule: z
    .enum(['closed', 'ignored', 'windows'])
    .describe('closed: no windows; ignored: as any other day; windows: those given here'),
  windows,
});

export const week = z.strictObject({
  mon: windows,
  tue: windows,
  wed: windows,
  thu: windows,
  fri: windows,
  sat: windows,
  sun: windows,
});
export const holidayRules = z
  .array(holidayRule)
  .max(32)
  .describe('of several that hold the same day, the first counts');
export const exceptions = z
  .array(z.strictObject({ date: calendarDate, windows }))
  .max(400)
  .describe('days with windows of their own, holiday or not');

export const scheduleFields = z.strictObject({
  external_id: externalId,
  name: text(100),
  week,
  valid_from: calendarDate.nullable().describe('first day on which windows begin'),
  valid_until: calendarDate.nullable().describe('last day on which windows begin'),
  holidays: holidayRules,
  exceptions,
});
export const fixed = z.boolean().describe('true: it stands in the site file, and is changed there');
export const storedSchedule = scheduleFields.extend(stored);
export const schedule = storedSchedule.extend({ fixed });
export type ScheduleFields = z.infer<typeof scheduleFields>;
export type StoredSchedule = z.infer<typeof storedSchedule>;
export type ScheduleShown = z.infer<typeof schedule>;

const holidayDay = z.strictObject({
  date: calendarDate,
  until: calendarDate.nullable().default(null).describe('last day of several; null: the one day'),
  yearly: z.boolean().default(false).describe('true: in every year, whatever the year of the date'),
});
export const holidayFields = z.strictObject({
  external_id: externalId,
  name: text(100),
  days: z.array(holidayDay).max(1000),
});
export const storedHoliday = holidayFields.extend(stored);
export const holiday = storedHoliday.extend({ fixed });
export type HolidayFields = z.infer<typeof holidayFields>;
export type StoredHoliday = z.infer<typeof storedHoliday>;
export type HolidayShown = z.infer<typeof holiday>;

/** What a schedule, a timetable or an access will not do as somebody may expect. */
export const warning = z.object({
  code: z.enum(['never', 'shadowed', 'clock_change', 'no_effective_minute', 'contradiction', 'no_keypad']),
  pointer: z.string().describe('JSON pointer to what is meant'),
  detail: z.string(),
});

/** For how long schedules are worked out at the doors, and from what else: one record, in the table's revision. */
export interface ScheduleHorizon {
  id: 'horizon';
  /** Wall milliseconds. */
  from: number;
  until: number;
  /** Version of the zone database (`process.versions.tz`). */
  zones: string;
  /** Hash of what the site file says about time. */
  site: string;
}
