import type { HolidaySets, Schedule } from '../core/schedule.ts';
import { type DayPlan, dateOf, dayMs, dayPlans, weekdayOf } from '../scheduler/calendar.ts';
import { compileSchedule } from '../scheduler/compile.ts';
import { type LocalSpan, localDays } from '../scheduler/local-days.ts';
import type { Zone } from '../scheduler/zone.ts';

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
  const today = Math.floor((now + (zone.spans(now, now + 1000)[0]?.offset ?? 0)) / dayMs);
  const end = addMonths(today, months);
  // A day more each way: local days begin and end on either side of those of UTC.
  const horizon = { from: (today - 2) * dayMs, until: (end + 2) * dayMs };
  const open = localDays(compileSchedule(schedule, holidays, zone, horizon), zone);
  const jumps = clockChanges(zone, horizon);
  const lines = dayPlans(schedule, holidays, today, end - 1).flatMap((plan) => {
    const notes = [noteOf(plan), jumps.get(plan.day) ?? ''].filter((note) => note !== '');
    const spans = (open.get(plan.day) ?? []).toSorted((a, b) => a.from - b.from);
    const date = dateOf(plan.day);
    const head = plan.day === today || date.endsWith('-01') ? [`\n${date.slice(0, 7)}${ruler}`] : [];
    const times = [...spans.map(shown), ...notes.map((note) => `(${note})`)].join(' ');
    return [...head, `${weekdayOf(plan.day)} ${date.slice(8)}  |${chart(spans)}|  ${times}`.trimEnd()];
  });
  return `${lines.join('\n')}\n`;
}

const ruler = ' 0     3     6     9     12    15    18    21    24';

const chart = (spans: readonly LocalSpan[]): string =>
  Array.from({ length: 48 }, (_, cell) => {
    const [from, to] = [cell * 30, cell * 30 + 30];
    const open = spans.reduce(
      (sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)),
      0,
    );
    return open >= 30 ? '#' : open > 0 ? '+' : '.';
  }).join('');

function noteOf({ pointer }: DayPlan): string {
  if (pointer === null) return 'not valid';
  if (pointer.startsWith('/holidays')) return 'holiday';
  return pointer.startsWith('/exceptions') ? 'exception' : '';
}

/** Days on which the clock is put on or back, and how. */
function clockChanges(zone: Zone, { from, until }: { from: number; until: number }): Map<number, string> {
  const spans = zone.spans(from, until);
  return new Map(
    spans.slice(1).map((span, i): [number, string] => {
      const [old, next] = [span.from + (spans[i]?.offset ?? 0), span.from + span.offset];
      return [Math.floor(next / dayMs), `clock goes from ${reading(old)} to ${reading(next)}`];
    }),
  );
}

const reading = (at: number): string => new Date(at).toISOString().slice(11, 16);
const shown = ({ from, to }: LocalSpan): string => `${timeOf(from)}-${timeOf(to)}`;
const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(Math.floor(minute % 60)).padStart(2, '0')}`;

function addMonths(day: number, months: number): number {
  const date = new Date(day * dayMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()) / dayMs;
}
