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
  /** Where the windows are written, a JSON pointer into the schedule; null: it does not hold on this day. */
  pointer: string | null;
  windows: readonly DayWindow[];
}

/** What the schedule says for each day of a range, both ends included. `holidays` null: as if there were none. */
export function dayPlans(
  schedule: Schedule,
  holidays: HolidaySets | null,
  firstDay: number,
  lastDay: number,
): DayPlan[] {
  const exceptions = new Map(schedule.exceptions.map(({ date }, i) => [dayOf(date), i]));
  const rules = holidays === null ? null : holidayRules(schedule, holidays, firstDay, lastDay);
  const begin = schedule.valid_from === null ? -Infinity : dayOf(schedule.valid_from);
  const end = schedule.valid_until === null ? Infinity : dayOf(schedule.valid_until);
  const plans: DayPlan[] = [];
  for (let day = firstDay; day <= lastDay; day++) {
    plans.push(day < begin || day > end ? { day, pointer: null, windows: [] } : planOf(day));
  }
  return plans;

  function planOf(day: number): DayPlan {
    const exception = exceptions.get(day);
    if (exception !== undefined) {
      const windows = schedule.exceptions[exception]?.windows ?? [];
      return { day, pointer: `/exceptions/${exception}/windows`, windows };
    }
    const at = rules?.get(day);
    const rule = at === undefined ? undefined : schedule.holidays[at];
    if (rule !== undefined && rule.rule !== 'ignored') {
      return { day, pointer: `/holidays/${at}/windows`, windows: rule.rule === 'closed' ? [] : rule.windows };
    }
    const weekday = weekdayOf(day);
    return { day, pointer: `/week/${weekday}`, windows: schedule.week[weekday] };
  }
}

/** Which of the schedule's holiday rules each holiday in a range goes by: the first whose set holds the day. */
function holidayRules(
  { holidays: rules }: Schedule,
  sets: HolidaySets,
  firstDay: number,
  lastDay: number,
): Map<number, number> {
  const found = new Map<number, number>();
  for (const [i, { holiday_id }] of rules.entries()) {
    for (const span of sets.get(holiday_id) ?? []) {
      for (const day of daysOf(span, firstDay, lastDay)) if (!found.has(day)) found.set(day, i);
    }
  }
  return found;
}

/** The days of a holiday that lie in a range. 29 February comes in leap years only. */
function daysOf({ date, until, yearly }: HolidayDay, firstDay: number, lastDay: number): number[] {
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
