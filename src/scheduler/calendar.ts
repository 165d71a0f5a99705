import {
  type DayWindow,
  type HolidayDay,
  type HolidaySets,
  type Schedule,
  type Weekday,
  weekdays,
} from '../core/schedule.ts';

/** Days are counted from 1970-01-01, minutes from midnight, whatever the zone. */
export const dayMs = 86_400_000;
export const minuteMs = 60_000;

/** The number of a date `YYYY-MM-DD`. */
export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMs;
/** The date `YYYY-MM-DD` of a day. */
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
export const weekdayOf = (day: number): Weekday => weekdays[(((day + 3) % 7) + 7) % 7] ?? 'mon';

/** Minutes from midnight of the day a window starts on: `to` is above 1440 where it is of the day after. */
export function windowMinutes({ from, to }: DayWindow): { from: number; to: number } {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  return { from: start, to: end > start ? end : end + 1440 };
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** The windows of a day and what they come from. */
export interface DayPlan {
  day: number;
  /** Where the windows are written; `invalid`: the schedule does not hold on this day. */
  source: 'week' | 'holiday' | 'exception' | 'invalid';
  windows: readonly DayWindow[];
}

/** What the schedule says for each day of a range, both ends included. `holidays` null: as if there were none. */
export function dayPlans(
  schedule: Schedule,
  holidays: HolidaySets | null,
  firstDay: number,
  lastDay: number,
): DayPlan[] {
  const exceptions = new Map(schedule.exceptions.map(({ date, windows }) => [dayOf(date), windows]));
  const special = holidays === null ? new Map() : holidayWindows(schedule, holidays, firstDay, lastDay);
  const begin = schedule.valid_from === null ? -Infinity : dayOf(schedule.valid_from);
  const end = schedule.valid_until === null ? Infinity : dayOf(schedule.valid_until);
  const plans: DayPlan[] = [];
  for (let day = firstDay; day <= lastDay; day++) {
    const exception = exceptions.get(day);
    const holiday = special.get(day) ?? null;
    if (day < begin || day > end) plans.push({ day, source: 'invalid', windows: [] });
    else if (exception !== undefined) plans.push({ day, source: 'exception', windows: exception });
    else if (holiday !== null) plans.push({ day, source: 'holiday', windows: holiday });
    else plans.push({ day, source: 'week', windows: schedule.week[weekdayOf(day)] });
  }
  return plans;
}

/** Windows of the holidays in a range; null where the first set that holds the day is ignored. */
function holidayWindows(
  { holidays: rules }: Schedule,
  sets: HolidaySets,
  firstDay: number,
  lastDay: number,
): Map<number, readonly DayWindow[] | null> {
  const found = new Map<number, readonly DayWindow[] | null>();
  for (const { holiday_id, rule, windows } of rules) {
    const value = rule === 'ignored' ? null : rule === 'closed' ? [] : windows;
    for (const span of sets.get(holiday_id) ?? []) {
      for (const day of daysOf(span, firstDay, lastDay)) if (!found.has(day)) found.set(day, value);
    }
  }
  return found;
}

/** The days of a holiday that lie in a range. 29 February comes in leap years only. */
export function daysOf({ date, until, yearly }: HolidayDay, firstDay: number, lastDay: number): number[] {
  const [begin, end] = [dayOf(date), dayOf(until ?? date)];
  const days: number[] = [];
  if (!yearly) {
    for (let day = Math.max(begin, firstDay); day <= Math.min(end, lastDay); day++) days.push(day);
    return days;
  }
  const [from, to] = [dateOf(begin).slice(5), dateOf(end).slice(5)];
  const turns = from > to;
  for (let day = firstDay; day <= lastDay; day++) {
    const today = dateOf(day).slice(5);
    if (turns ? today >= from || today <= to : today >= from && today <= to) days.push(day);
  }
  return days;
}
