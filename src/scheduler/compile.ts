import type { HolidaySets, Schedule, ScheduleEdges } from '../core/schedule.ts';
import { type DayPlan, dayMs, dayPlans, minuteMs, windowMinutes } from './calendar.ts';
import type { OffsetSpan, Zone } from './zone.ts';

/** A stretch of time, wall milliseconds: `from` included, `until` not. */
export interface Horizon {
  from: number;
  until: number;
}

/** How far back and ahead schedules are worked out: a restart within the same UTC day works out the same. */
export function horizonAt(now: number): Horizon {
  const today = Math.floor(now / dayMs) * dayMs;
  return { from: today - 7 * dayMs, until: today + 400 * dayMs };
}

/**
 * Works a schedule out for a stretch of time (whole seconds). An instant is inside if and only if what the wall clock reads then lies
 * in a window: so windows are laid out by the wall clock, and cut to what it reads between one change of its
 * offset and the next. Readings that never come fall out, those that come twice count twice.
 */
export function compileSchedule(
  schedule: Schedule,
  holidays: HolidaySets,
  zone: Zone,
  { from, until }: Horizon,
): ScheduleEdges {
  // Offsets differ from UTC by at most a day and some; windows reach a day further.
  const [first, last] = [Math.floor(from / dayMs) - 3, Math.floor(until / dayMs) + 3];
  const offsets = zone.spans(from - 2 * dayMs, until + 2 * dayMs);
  const edgesOf = (sets: HolidaySets | null): number[] =>
    instants(readings(dayPlans(schedule, sets, first, last)), offsets);
  const open = edgesOf(holidays);
  const shut = schedule.holidays.length === 0 ? [] : difference(edgesOf(null), open);
  return { from, until, edges: clip(open, from, until), holiday_edges: clip(shut, from, until) };
}

/** Spans are flat lists of beginnings and ends, in order, that neither overlap nor touch. */
export type Spans = number[];

/** The windows of some days in readings of the wall clock, milliseconds as if it were UTC. */
function readings(plans: readonly DayPlan[]): Spans {
  const windows = plans.flatMap(({ day, windows }) =>
    windows.map((window) => {
      const { from, to } = windowMinutes(window);
      return { from: day * dayMs + from * minuteMs, to: day * dayMs + to * minuteMs };
    }),
  );
  windows.sort((a, b) => a.from - b.from);
  const spans: Spans = [];
  for (const { from, to } of windows) append(spans, from, to);
  return spans;
}

/** The instants at which the wall clock reads what lies in these spans (milliseconds as if it were UTC). */
export function instants(spans: Spans, offsets: readonly OffsetSpan[]): Spans {
  const found: Spans = [];
  let at = 0;
  for (const { from, until, offset } of offsets) {
    const [start, end] = [from + offset, until + offset];
    // After a clock was put back its readings come again.
    while (at > 0 && (spans[at - 1] ?? 0) > start) at -= 2;
    for (; at < spans.length; at += 2) {
      const [opens = 0, closes = 0] = [spans[at], spans[at + 1]];
      if (opens >= end) break;
      if (closes > start) append(found, Math.max(opens, start) - offset, Math.min(closes, end) - offset);
    }
  }
  return found;
}

/** Adds a span that begins no earlier than the last one. */
function append(spans: Spans, from: number, to: number): void {
  const last = spans.length - 1;
  const end = spans[last];
  if (end === undefined || from > end) spans.push(from, to);
  else spans[last] = Math.max(end, to);
}

/** What lies in `a` and not in `b`. */
function difference(a: Spans, b: Spans): Spans {
  const edges = [...new Set([...a, ...b])].sort((x, y) => x - y);
  const found: Spans = [];
  let [i, j] = [0, 0];
  for (const edge of edges) {
    if (a[i] === edge) i++;
    if (b[j] === edge) j++;
    const within = i % 2 === 1 && j % 2 === 0;
    if (within !== (found.length % 2 === 1)) found.push(edge);
  }
  return found;
}

function clip(spans: Spans, from: number, until: number): Float64Array {
  const earlier = spans.findIndex((edge) => edge >= from);
  const passed = earlier < 0 ? spans.length : earlier;
  const kept = spans.slice(passed).filter((edge) => edge < until);
  return Float64Array.from(passed % 2 === 1 ? [-Infinity, ...kept] : kept);
}
