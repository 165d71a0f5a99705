/** Weeks, holidays and dates as people write them, read by the wall clock of the site's zone. What they mean: `docs/time.md`. */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * Readings of the wall clock from `from` on and before `to`, both `HH:MM`; `24:00` is the end of the day. An earlier `to` is
 * of the day after. The window belongs to the day it starts on.
 */
export interface DayWindow {
  from: string;
  to: string;
}

/** Dates are `YYYY-MM-DD`. */
export interface Schedule {
  week: Readonly<Record<Weekday, readonly DayWindow[]>>;
  /** First and last day on which windows start; null: no bound. */
  valid_from: string | null;
  valid_until: string | null;
  /** Of several that hold the same day, the first counts. */
  holidays: readonly HolidayRule[];
  /** Days with windows of their own, holiday or not. */
  exceptions: readonly { date: string; windows: readonly DayWindow[] }[];
}

/** What becomes of the holidays of a set: no windows, those of any other day, or `windows`. */
export interface HolidayRule {
  holiday_id: string;
  rule: 'closed' | 'ignored' | 'windows';
  windows: readonly DayWindow[];
}

/** `until`: last day of several; null: the one day. `yearly`: in every year, whatever the year of `date`. */
export interface HolidayDay {
  date: string;
  until: string | null;
  yearly: boolean;
}

/** Holidays by the id of their set. */
export type HolidaySets = ReadonlyMap<string, readonly HolidayDay[]>;

/**
 * A schedule worked out for a stretch of time, wall milliseconds: `from` included, `until` not. At an instant it is inside
 * if an odd number of `edges` is not later; a first edge of -Infinity says that it is inside at `from` already.
 * `holiday_edges`, alike: outside, and only because of a holiday.
 */
export interface ScheduleEdges {
  from: number;
  until: number;
  edges: Float64Array;
  holiday_edges: Float64Array;
}

/** How it stands at an instant: `holiday` when it is outside only because of one. */
export const standings = { outside: 0, holiday: 1, inside: 2 } as const;
export type Standing = (typeof standings)[keyof typeof standings];

/** Edges to ask again and again, with their places: a search halves its way through branches no processor can foresee. */
export interface CompiledSchedule extends ScheduleEdges {
  /** Edges of both kinds, in order. */
  readonly marks: Float64Array;
  /** By how many of them have passed. */
  readonly standing: readonly Standing[];
  /** The time is cut into equal parts, four for each mark: how many marks lie in the parts before each. */
  readonly before: Uint32Array;
  /** Parts per millisecond. */
  readonly scale: number;
}

export function compiledSchedule({ from, until, edges, holiday_edges }: ScheduleEdges): CompiledSchedule {
  const marks = Float64Array.from(new Set([...edges, ...holiday_edges])).sort();
  const standing: Standing[] = [standings.outside];
  for (const mark of marks) {
    const shut = (edgesUpTo(holiday_edges, mark) & 1) === 1 ? standings.holiday : standings.outside;
    standing.push((edgesUpTo(edges, mark) & 1) === 1 ? standings.inside : shut);
  }
  const parts = 4 * marks.length + 1;
  const scale = parts / Math.max(1, until - from);
  const before = new Uint32Array(parts + 1);
  for (const mark of marks) {
    // A mark and an instant not before it come to the same part or a later one, however the product is rounded.
    const part = mark < from ? 0 : Math.floor((mark - from) * scale);
    if (part < parts) before[part + 1] = (before[part + 1] ?? 0) + 1;
  }
  for (let part = 1; part <= parts; part++) before[part] = (before[part] ?? 0) + (before[part - 1] ?? 0);
  return { from, until, edges, holiday_edges, marks, standing, before, scale };
}

/** A schedule that contains no instant. */
export const noTime = (): CompiledSchedule =>
  compiledSchedule({ from: 0, until: 0, edges: new Float64Array(), holiday_edges: new Float64Array() });

/** How the schedule stands at an instant (wall milliseconds). Beyond what was worked out it is outside. */
export function standingAt(schedule: CompiledSchedule, instant: number): Standing {
  const { from, until, marks, standing, before, scale } = schedule;
  if (!(instant >= from && instant < until)) return standings.outside;
  let passed = before[((instant - from) * scale) | 0] ?? 0;
  while (passed < marks.length && (marks[passed] ?? 0) <= instant) passed++;
  return standing[passed] ?? standings.outside;
}

/** Whether the schedule contains an instant (wall milliseconds). */
export const inside = (schedule: CompiledSchedule, instant: number): boolean =>
  standingAt(schedule, instant) === standings.inside;

/** The time that two workings out have in common. What holidays close is as `b` has it. */
export function commonTimes(a: ScheduleEdges, b: ScheduleEdges): ScheduleEdges {
  const [from, until] = [Math.max(a.from, b.from), Math.min(a.until, b.until)];
  const marks = Float64Array.of(from, ...a.edges, ...b.edges).sort();
  const edges: number[] = [];
  for (const mark of marks) {
    if (mark < from || mark >= until) continue;
    const both = (edgesUpTo(a.edges, mark) & edgesUpTo(b.edges, mark) & 1) === 1;
    if (both !== (edges.length % 2 === 1)) edges.push(mark);
  }
  return { from, until, edges: Float64Array.from(edges), holiday_edges: b.holiday_edges };
}

/** How many of these, in order, are not later than an instant. */
function edgesUpTo(edges: Float64Array, instant: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
