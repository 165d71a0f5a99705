import type { DayWindow, HolidaySets, Schedule, Weekday } from '../core/schedule.ts';
import { weekdays } from '../core/schedule.ts';
import {
  type DayPlan,
  dateOf,
  dayMs,
  dayOf,
  dayPlans,
  minuteMs,
  weekdayOf,
  windowMinutes,
} from './calendar.ts';
import { compileSchedule, type Horizon } from './compile.ts';
import type { OffsetSpan, Zone } from './zone.ts';

/** What a schedule, timetable or access will not do as somebody may expect. `pointer`: JSON pointer into it. */
export interface ScheduleWarning {
  code: 'never' | 'shadowed' | 'clock_change' | 'no_effective_minute' | 'contradiction' | 'no_keypad';
  pointer: string;
  detail: string;
}

/** Looks a schedule through for what its author may not have meant, over a horizon. Nothing found here is wrong in itself. */
export function lintSchedule(
  schedule: Schedule,
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): ScheduleWarning[] {
  const [first, last] = [Math.floor(horizon.from / dayMs), Math.floor(horizon.until / dayMs) - 1];
  const plans = dayPlans(schedule, holidays, first, last);
  // A schedule that has yet to begin is not looked into.
  if (schedule.valid_from !== null && dayOf(schedule.valid_from) > last) return [];
  const { edges } = compileSchedule(schedule, holidays, zone, horizon);
  if (edges.length === 0) {
    const detail = `contains no minute from ${dateOf(first)} to ${dateOf(last)}: whoever has access by it gets in nowhere`;
    return [{ code: 'no_effective_minute', pointer: '', detail }];
  }
  return [
    ...idleWindows(schedule, plans),
    ...strayExceptions(schedule),
    ...atClockChanges(plans, zone, horizon),
  ];
}

/** Windows of the week that have no day left. */
function idleWindows(schedule: Schedule, plans: readonly DayPlan[]): ScheduleWarning[] {
  const valid = plans.filter(({ pointer }) => pointer !== null);
  const days = (weekday: Weekday) => valid.filter(({ day }) => weekdayOf(day) === weekday);
  return weekdays.flatMap((weekday) =>
    schedule.week[weekday].flatMap((window, i): ScheduleWarning[] => {
      const pointer = `/week/${weekday}/${i}`;
      const all = days(weekday);
      if (all.length === 0) {
        const detail = `${shown(window)} never comes: no ${weekday} lies within valid_from and valid_until`;
        return [{ code: 'never', pointer, detail }];
      }
      if (all.some((plan) => plan.pointer === `/week/${weekday}`)) return [];
      const detail = `${shown(window)} never comes: each ${weekday} is a holiday or an exception`;
      return [{ code: 'shadowed', pointer, detail }];
    }),
  );
}

function strayExceptions({ exceptions, valid_from, valid_until }: Schedule): ScheduleWarning[] {
  return exceptions.flatMap(({ date, windows }, i) =>
    windows.length > 0 && (date < (valid_from ?? date) || date > (valid_until ?? date))
      ? [
          {
            code: 'never',
            pointer: `/exceptions/${i}`,
            detail: `${date} lies outside valid_from and valid_until`,
          },
        ]
      : [],
  );
}

/** Windows that begin, end or lie where the clock is put on or back; of each the first time. */
function atClockChanges(plans: readonly DayPlan[], zone: Zone, { from, until }: Horizon): ScheduleWarning[] {
  const found = new Map<string, ScheduleWarning>();
  const spans = zone.spans(from, until);
  for (const [i, after] of spans.entries()) {
    const before = spans[i - 1];
    if (before === undefined) continue;
    const day = Math.floor((after.from + after.offset) / dayMs);
    for (const plan of plans) {
      if (plan.day < day - 2 || plan.day > day + 1) continue;
      for (const [at, window] of plan.windows.entries()) {
        const detail = clash(plan.day, window, before, after);
        const pointer = `${plan.pointer}/${at}`;
        if (detail !== null && !found.has(pointer)) {
          found.set(pointer, { code: 'clock_change', pointer, detail });
        }
      }
    }
  }
  return [...found.values()];
}

function clash(day: number, window: DayWindow, before: OffsetSpan, after: OffsetSpan): string | null {
  const minutes = windowMinutes(window);
  const [opens, closes] = [minutes.from, minutes.to].map((minute) => day * dayMs + minute * minuteMs) as [
    number,
    number,
  ];
  const [old, next] = [after.from + before.offset, after.from + after.offset];
  const [low, high] = [Math.min(old, next), Math.max(old, next)];
  const within = (at: number) => at > low && at < high;
  if (opens >= low && closes <= high) {
    const what = next > old ? 'does not come' : 'comes twice';
    return `${shown(window)} ${what} on ${dateOf(day)}: ${moved(old, next)}`;
  }
  if (!within(opens) && !within(closes)) return null;
  const edges = [within(opens) ? 'begins' : '', within(closes) ? 'ends' : ''].filter((edge) => edge !== '');
  const when =
    next > old ? 'within what is left out' : 'within the time that comes twice, and counts in both';
  return `${shown(window)} ${edges.join(' and ')} on ${dateOf(day)} ${when}: ${moved(old, next)}`;
}

const moved = (old: number, next: number): string =>
  `the clock goes from ${reading(old)} ${next > old ? 'on' : 'back'} to ${reading(next)}`;
const reading = (at: number): string => new Date(at).toISOString().slice(11, 16);
const shown = ({ from, to }: DayWindow): string => `${from}-${to}`;
