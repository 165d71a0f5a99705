import { dateOf, dayMs, weekdayOf } from '../scheduler/calendar.ts';
import type { Horizon } from '../scheduler/compile.ts';
import type { LocalSpan } from '../scheduler/local-days.ts';
import type { Zone } from '../scheduler/zone.ts';

/** The days of a chart, counted from 1970-01-01 by the wall clock, `end` not included; and what must be worked out for them. */
export interface ChartDays {
  today: number;
  end: number;
  horizon: Horizon;
}

/** One day of a chart: 48 half hours, one character each, and what is written beside. */
export interface ChartDay {
  cells: string;
  texts: readonly string[];
}

/** From today for some months. `now` in wall milliseconds. */
export function chartDays(zone: Zone, now: number, months: number): ChartDays {
  const today = Math.floor((now + (zone.spans(now, now + 1000)[0]?.offset ?? 0)) / dayMs);
  const end = addMonths(today, months);
  // A day more each way: local days begin and end on either side of those of UTC.
  return { today, end, horizon: { from: (today - 2) * dayMs, until: (end + 2) * dayMs } };
}

/** A line a day, with a ruler at the head of each month and a note where the clock is put on or back. */
export function dayChart(
  zone: Zone,
  { today, end, horizon }: ChartDays,
  dayOf: (day: number) => ChartDay,
): string {
  const jumps = clockChanges(zone, horizon);
  const lines = Array.from({ length: end - today }, (_, i) => today + i).flatMap((day) => {
    const { cells, texts } = dayOf(day);
    const date = dateOf(day);
    const head = day === today || date.endsWith('-01') ? [`\n${date.slice(0, 7)}${ruler}`] : [];
    const jump = jumps.get(day);
    const beside = [...texts, ...(jump === undefined ? [] : [`(${jump})`])].join(' ');
    return [...head, `${weekdayOf(day)} ${date.slice(8)}  |${cells}|  ${beside}`.trimEnd()];
  });
  return `${lines.join('\n')}\n`;
}

/** What of each half hour of a day lies in these spans: minutes, 48 of them. */
export function halfHours(spans: readonly LocalSpan[]): number[] {
  return Array.from({ length: 48 }, (_, cell) => {
    const [from, to] = [cell * 30, cell * 30 + 30];
    return spans.reduce(
      (sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)),
      0,
    );
  });
}

/** `08:00-18:00`. */
export const shownSpan = ({ from, to }: LocalSpan): string => `${timeOf(from)}-${timeOf(to)}`;

const ruler = ' 0     3     6     9     12    15    18    21    24';
const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(Math.floor(minute % 60)).padStart(2, '0')}`;

/** Days on which the clock is put on or back, and how. */
function clockChanges(zone: Zone, { from, until }: Horizon): Map<number, string> {
  const spans = zone.spans(from, until);
  return new Map(
    spans.slice(1).map((span, i): [number, string] => {
      const [old, next] = [span.from + (spans[i]?.offset ?? 0), span.from + span.offset];
      return [Math.floor(next / dayMs), `clock goes from ${reading(old)} to ${reading(next)}`];
    }),
  );
}

const reading = (at: number): string => new Date(at).toISOString().slice(11, 16);

function addMonths(day: number, months: number): number {
  const date = new Date(day * dayMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()) / dayMs;
}
