import type { DayWindow, HolidaySets } from '../core/schedule.ts';
import type { Timetable, TimetablePeriod } from '../core/timetable.ts';
import { type TimetableRule, windowsOf } from '../core/timetable-rule.ts';
import { type DayPlan, dayMs, dayPlans, minuteMs, windowMinutes } from './calendar.ts';
import { type Horizon, instants, type Spans } from './compile.ts';
import { cronDays } from './cron.ts';
import type { OffsetSpan, Zone } from './zone.ts';

/** A period, and which rule (counted from 0) it comes from. */
export interface RulePeriod extends TimetablePeriod {
  rule: number;
}

/** A cron time holds for a week at most. */
const longestDays = 8;

/**
 * Works a timetable out for a stretch of time. Where rules overlap, the most restrictive holds: disabled, card and PIN, unlocked by the first
 * person, unlocked; of the same, the earlier rule.
 */
export function compileTimetable(
  rules: readonly TimetableRule[],
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): Timetable {
  const periods: TimetablePeriod[] = [];
  for (const { rule: _, ...period } of rulePeriods(rules, holidays, zone, horizon)) {
    const last = periods.at(-1);
    if (last !== undefined && last.until === period.from && alike(last, period)) last.until = period.until;
    else periods.push(period);
  }
  return { from: horizon.from, until: horizon.until, periods };
}

/** The same, with the rule that each period comes from. */
export function rulePeriods(
  rules: readonly TimetableRule[],
  holidays: HolidaySets,
  zone: Zone,
  { from, until }: Horizon,
): RulePeriod[] {
  const stretches = rules.flatMap((rule, i) => stretchesOf(rule, i, holidays, zone, { from, until }));
  return mostRestrictive(stretches).flatMap((period) => {
    const within = { ...period, from: Math.max(period.from, from), until: Math.min(period.until, until) };
    return within.from < within.until ? [within] : [];
  });
}

/** All that one rule says for a stretch of time and some days around it, day by day: its stretches may overlap. */
export function stretchesOf(
  rule: TimetableRule,
  index: number,
  holidays: HolidaySets,
  zone: Zone,
  { from, until }: Horizon,
): RulePeriod[] {
  const [first, last] = [Math.floor(from / dayMs) - longestDays, Math.floor(until / dayMs) + 2];
  const offsets = zone.spans((first - 2) * dayMs, (last + 2) * dayMs);
  const cron = rule.cron === null ? null : cronDays(rule.cron.expression, first, last);
  const days = new Set(cron?.days);
  const ms = (rule.cron?.minutes ?? 0) * minuteMs;

  const spansOf = ({ day, pointer, windows }: DayPlan): Spans => {
    if (cron === null || pointer === null || !pointer.startsWith('/week')) {
      return windows.flatMap((window) => readingsOf(day, window, offsets));
    }
    if (!days.has(day)) return [];
    return cron.minutes.flatMap((minute) => {
      const begins = cronInstant(day * dayMs + minute * minuteMs, offsets);
      return [begins, begins + ms];
    });
  };
  return dayPlans(windowsOf(rule), holidays, first, last).flatMap((plan) => {
    const spans = spansOf(plan);
    if (spans.length === 0) return [];
    const arrival = rule.first_person === null ? null : arrivalOf(plan.day, rule.first_person, offsets);
    const found: RulePeriod[] = [];
    for (let i = 0; i < spans.length; i += 2) {
      const [opens = 0, closes = 0] = [spans[i], spans[i + 1]];
      found.push({ from: opens, until: closes, mode: rule.mode, arrival, rule: index });
    }
    return found;
  });
}

/**
 * When a cron time comes that the wall clock reads so (milliseconds as if it were UTC): the first time it reads so; if it is left
 * out, when it would have come had the clock not been put on.
 */
export function cronInstant(reading: number, offsets: readonly OffsetSpan[]): number {
  let before: OffsetSpan | undefined;
  for (const span of offsets) {
    if (reading < span.until + span.offset) {
      const left = reading < span.from + span.offset;
      return reading - (left ? (before ?? span) : span).offset;
    }
    before = span;
  }
  return reading - (before?.offset ?? 0);
}

function readingsOf(day: number, window: DayWindow, offsets: readonly OffsetSpan[]): Spans {
  const { from, to } = windowMinutes(window);
  return instants([day * dayMs + from * minuteMs, day * dayMs + to * minuteMs], offsets);
}

/** From its first minute to its last: of a time that comes twice, both and what lies between. Without any, nobody can arrive. */
function arrivalOf(
  day: number,
  window: DayWindow,
  offsets: readonly OffsetSpan[],
): NonNullable<TimetablePeriod['arrival']> {
  const spans = readingsOf(day, window, offsets);
  const [from = day * dayMs] = spans;
  return { from, until: spans.at(-1) ?? from };
}

/** Cuts what overlaps at every beginning and end; of each piece the most restrictive stretch holds. */
function mostRestrictive(stretches: readonly RulePeriod[]): RulePeriod[] {
  const waiting = stretches.toSorted((a, b) => a.from - b.from);
  const marks = [...new Set(stretches.flatMap(({ from, until }) => [from, until]))].sort((a, b) => a - b);
  const pieces: RulePeriod[] = [];
  let active: RulePeriod[] = [];
  let next = 0;
  for (const [i, mark] of marks.entries()) {
    active = active.filter(({ until }) => until > mark);
    for (; waiting[next] !== undefined && (waiting[next]?.from ?? 0) <= mark; next++) {
      const begun = waiting[next];
      if (begun !== undefined && begun.until > mark) active.push(begun);
    }
    const [one, ...others] = active;
    const end = marks[i + 1];
    if (one === undefined || end === undefined) continue;
    const holds = others.reduce((best, other) => (precedes(other, best) ? other : best), one);
    const last = pieces.at(-1);
    if (last !== undefined && last.until === mark && last.rule === holds.rule && alike(last, holds)) {
      last.until = end;
    } else pieces.push({ ...holds, from: mark, until: end });
  }
  return pieces;
}

const precedes = (a: RulePeriod, b: RulePeriod): boolean =>
  restriction(a) !== restriction(b) ? restriction(a) > restriction(b) : a.rule < b.rule;

/** How a door stands, for people. */
export function standText({ mode, arrival }: Pick<TimetablePeriod, 'mode' | 'arrival'>): string {
  switch (mode) {
    case 'disabled':
      return 'disabled';
    case 'card_and_pin':
      return 'card and PIN';
    case 'unlocked':
      return arrival === null ? 'unlocked' : 'unlocked by the first person';
  }
}

/** How restrictive it is: more is more. */
export function restriction({ mode, arrival }: Pick<TimetablePeriod, 'mode' | 'arrival'>): number {
  switch (mode) {
    case 'disabled':
      return 3;
    case 'card_and_pin':
      return 2;
    case 'unlocked':
      return arrival === null ? 0 : 1;
  }
}

/** Whether two periods say the same. */
function alike(a: TimetablePeriod, b: TimetablePeriod): boolean {
  return a.mode === b.mode && a.arrival?.from === b.arrival?.from && a.arrival?.until === b.arrival?.until;
}
