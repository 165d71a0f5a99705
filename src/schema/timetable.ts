import { z } from 'zod';
import { doorModes } from '../core/timetable.ts';
import { externalId, instant, stored, text, uuid } from './record.ts';
import { calendarDate, dayWindow, exceptions, fixed, holidayRules, week } from './schedule.ts';

/** Timetables of doors, as stored and as the API shows them. What they mean: `docs/time.md`. */

export const timetableRule = z.strictObject({
  mode: z
    .enum(['unlocked', 'card_and_pin', 'disabled'])
    .describe('of rules that overlap the most restrictive holds; where none does, the door is normal'),
  week: week.nullable().default(null).describe('windows; null: it goes by cron'),
  cron: z
    .strictObject({
      expression: z
        .string()
        .trim()
        .max(200)
        .describe('five fields: minute, hour, day of month, month, day of week'),
      minutes: z.int().min(1).max(10_080).describe('how long it holds each time'),
    })
    .nullable()
    .default(null)
    .describe('times instead of windows'),
  valid_from: calendarDate.nullable().default(null).describe('first day on which it begins'),
  valid_until: calendarDate.nullable().default(null).describe('last day on which it begins'),
  holidays: holidayRules.default([]),
  exceptions: exceptions.default([]),
  first_person: dayWindow
    .nullable()
    .default(null)
    .describe('of unlocked: only once somebody was granted here between these times of the day it begins on'),
});

export const timetableFields = z.strictObject({
  external_id: externalId,
  name: text(100),
  door_ids: z.array(uuid).max(1000).describe('a door goes by one timetable at most'),
  rules: z.array(timetableRule).max(16),
});
export const storedTimetable = timetableFields.extend(stored);
export const timetable = storedTimetable.extend({ fixed });
export type TimetableFields = z.infer<typeof timetableFields>;
export type StoredTimetable = z.infer<typeof storedTimetable>;
export type TimetableShown = z.infer<typeof timetable>;

export const doorMode = z.enum(doorModes);
/** How a door stands, and why. */
export const doorModeState = z.object({
  now: doorMode,
  timetable: doorMode.describe('what its timetable says'),
  override: z
    .object({ mode: doorMode, until: instant.nullable().describe('null: until it is released') })
    .nullable()
    .describe('set by an operator'),
  waits_for: z
    .enum(['disarm', 'first_person', 'trusted_clock'])
    .nullable()
    .describe('what must come before the door stands as the timetable says'),
});
