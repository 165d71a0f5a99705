import type { DayWindow, HolidayRule, Schedule, Weekday } from './schedule.ts';
import type { TimetablePeriod } from './timetable.ts';

/**
 * When a door stands otherwise than normal, as people write it: windows of a week, or a cron expression. What it means to the
 * minute: `docs/time.md`.
 */
export interface TimetableRule {
  mode: TimetablePeriod['mode'];
  /** Exactly one of `week` and `cron` is given. */
  week: Readonly<Record<Weekday, readonly DayWindow[]>> | null;
  cron: CronTimes | null;
  valid_from: string | null;
  valid_until: string | null;
  holidays: readonly HolidayRule[];
  exceptions: Schedule['exceptions'];
  /**
   * First person in: of mode `unlocked` only. The door is unlocked once somebody has been granted here within these minutes of the day on
   * which the window or the cron time begins; null: at once.
   */
  first_person: DayWindow | null;
}

/** Times at which it begins (five fields, read by the wall clock), and for how many minutes each holds. */
export interface CronTimes {
  expression: string;
  minutes: number;
}

const noWindows: Schedule['week'] = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

/** The windows of a rule. One that goes by cron has those of its holidays and exceptions only. */
export function windowsOf({ week, valid_from, valid_until, holidays, exceptions }: TimetableRule): Schedule {
  return { week: week ?? noWindows, valid_from, valid_until, holidays, exceptions };
}
