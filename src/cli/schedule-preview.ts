import type { HolidaySets, Schedule } from '../core/schedule.ts';
import { type DayPlan, dayPlans } from '../scheduler/calendar.ts';
import { compileSchedule } from '../scheduler/compile.ts';
import { localDays } from '../scheduler/local-days.ts';
import type { Zone } from '../scheduler/zone.ts';
import { chartDays, dayChart, halfHours, shownSpan } from './day-chart.ts';

/**
 * A schedule day by day, from today for some months, by the wall clock: a chart of half hours, the times, and why a day is not like others
 * of its weekday.
 */
export function schedulePreview(
  schedule: Schedule,
  holidays: HolidaySets,
  zone: Zone,
  now: number,
  months: number,
): string {
  const days = chartDays(zone, now, months);
  const open = localDays(compileSchedule(schedule, holidays, zone, days.horizon), zone);
  const plans = new Map(
    dayPlans(schedule, holidays, days.today, days.end - 1).map((plan) => [plan.day, plan]),
  );
  return dayChart(zone, days, (day) => {
    const spans = (open.get(day) ?? []).toSorted((a, b) => a.from - b.from);
    const note = noteOf(plans.get(day));
    const cells = halfHours(spans).map((minutes) => (minutes >= 30 ? '#' : minutes > 0 ? '+' : '.'));
    return { cells: cells.join(''), texts: [...spans.map(shownSpan), ...(note === '' ? [] : [`(${note})`])] };
  });
}

function noteOf(plan: DayPlan | undefined): string {
  if (plan === undefined || plan.pointer === null) return 'not valid';
  if (plan.pointer.startsWith('/holidays')) return 'holiday';
  return plan.pointer.startsWith('/exceptions') ? 'exception' : '';
}
