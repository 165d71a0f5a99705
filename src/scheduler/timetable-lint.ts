import type { HolidaySets } from '../core/schedule.ts';
import type { TimetablePeriod } from '../core/timetable.ts';
import { type TimetableRule, windowsOf } from '../core/timetable-rule.ts';
import { dateOf, dayMs, dayOf, dayPlans, minuteMs } from './calendar.ts';
import type { Horizon } from './compile.ts';
import { cronDays } from './cron.ts';
import { lintSchedule, type ScheduleWarning } from './lint.ts';
import {
  compileTimetable,
  cronInstant,
  type RulePeriod,
  restriction,
  rulePeriods,
  stretchesOf,
} from './timetable.ts';
import type { Zone } from './zone.ts';

/** Looks a timetable through for what its author may not have meant, over a horizon. Pointers are into the timetable. */
export function lintTimetable(
  rules: readonly TimetableRule[],
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): ScheduleWarning[] {
  return [
    ...rules.flatMap((rule, i) =>
      lintRule(rule, holidays, zone, horizon).map((found) => ({
        ...found,
        pointer: `/rules/${i}${found.pointer}`,
      })),
    ),
    ...contradictions(rules, holidays, zone, horizon),
    ...alwaysShut(rules, holidays, zone, horizon),
  ];
}

/** Doors that open for nobody, at any minute. */
function alwaysShut(
  rules: readonly TimetableRule[],
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): ScheduleWarning[] {
  const [only, ...others] = compileTimetable(rules, holidays, zone, horizon).periods;
  if (only?.mode !== 'disabled' || others.length > 0) return [];
  if (only.from > horizon.from || only.until < horizon.until) return [];
  const detail = 'holds its doors disabled at every minute: nobody gets in there';
  return [{ code: 'no_effective_minute', pointer: '', detail }];
}

function lintRule(
  rule: TimetableRule,
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): ScheduleWarning[] {
  const [first, last] = [Math.floor(horizon.from / dayMs), Math.floor(horizon.until / dayMs) - 1];
  // A rule that has yet to begin is not looked into.
  if (rule.valid_from !== null && dayOf(rule.valid_from) > last) return [];
  const ofWindows = lintSchedule(windowsOf(rule), holidays, zone, horizon).flatMap((found) => {
    if (found.code !== 'no_effective_minute') return [found];
    const detail = `comes never from ${dateOf(first)} to ${dateOf(last)}`;
    return rule.cron === null ? [{ ...found, code: 'never' as const, detail }] : [];
  });
  return [
    ...ofWindows,
    ...lintCron(rule, holidays, zone, first, last),
    ...lintFirstPerson(rule, holidays, zone, horizon),
  ];
}

function lintCron(
  rule: TimetableRule,
  holidays: HolidaySets,
  zone: Zone,
  first: number,
  last: number,
): ScheduleWarning[] {
  if (rule.cron === null) return [];
  const pointer = '/cron';
  const { days, minutes } = cronDays(rule.cron.expression, first, last);
  if (days.length === 0) {
    const detail = `comes on no day from ${dateOf(first)} to ${dateOf(last)}`;
    return [{ code: 'never', pointer, detail }];
  }
  const plans = dayPlans(windowsOf(rule), holidays, first, last);
  const plain = new Set(plans.flatMap((plan) => (plan.pointer?.startsWith('/week') ? [plan.day] : [])));
  const left = days.filter((day) => plain.has(day));
  if (left.length === 0) {
    const detail =
      'comes never: each of its days is a holiday, an exception, or outside valid_from and valid_until';
    return [{ code: 'shadowed', pointer, detail }];
  }
  const offsets = zone.spans((first - 2) * dayMs, (last + 2) * dayMs);
  for (const day of left) {
    for (const minute of minutes) {
      const reading = day * dayMs + minute * minuteMs;
      const at = cronInstant(reading, offsets);
      const now = at + offsetAt(zone, at);
      const detail =
        now !== reading
          ? `${timeOf(reading)} is left out on ${dateOf(day)}: it comes at ${timeOf(now)}`
          : twice(zone, at, reading)
            ? `${timeOf(reading)} comes twice on ${dateOf(day)}: it counts the first time`
            : null;
      if (detail !== null) return [{ code: 'clock_change', pointer, detail }];
    }
  }
  return [];
}

/** Whether the clock reads the same again within three hours: no clock is put back by more. */
function twice(zone: Zone, at: number, reading: number): boolean {
  return zone.spans(at, at + dayMs / 8).some(({ from, offset }) => {
    const again = reading - offset;
    return again > at && again >= from;
  });
}

function lintFirstPerson(
  rule: TimetableRule,
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): ScheduleWarning[] {
  if (rule.first_person === null) return [];
  const stretches = stretchesOf(rule, 0, holidays, zone, horizon);
  const comes = ({ until, arrival }: RulePeriod): boolean =>
    arrival !== null && arrival.from < arrival.until && arrival.from < until;
  if (stretches.length === 0 || stretches.some(comes)) return [];
  const detail = 'never unlocks: whoever arrives then arrives after it has ended';
  return [{ code: 'never', pointer: '/first_person', detail }];
}

/** Rules that say different things at the same time, each pair the first time; and those that never hold because of it. */
function contradictions(
  rules: readonly TimetableRule[],
  holidays: HolidaySets,
  zone: Zone,
  horizon: Horizon,
): ScheduleWarning[] {
  const alone = rules.map((rule) => rulePeriods([rule], holidays, zone, horizon));
  const held = new Set(rulePeriods(rules, holidays, zone, horizon).map(({ rule }) => rule));
  return alone.flatMap((periods, i): ScheduleWarning[] => {
    const pointer = `/rules/${i}`;
    if (periods.length > 0 && !held.has(i)) {
      const detail = 'never holds: other rules hold whenever it comes';
      return [{ code: 'shadowed', pointer, detail }];
    }
    return alone.slice(0, i).flatMap((others, j): ScheduleWarning[] => {
      const clash = held.has(j) ? firstClash(others, periods) : null;
      if (clash === null) return [];
      const { at, one, other } = clash;
      const holds = restriction(one) > restriction(other) ? one : other;
      const when = new Date(at + offsetAt(zone, at)).toISOString().slice(0, 16).replace('T', ' ');
      const detail = `at ${when} rule ${j} says ${shown(one)} and rule ${i} ${shown(other)}: ${shown(holds)} holds`;
      return [{ code: 'contradiction', pointer, detail }];
    });
  });
}

function firstClash(a: readonly RulePeriod[], b: readonly RulePeriod[]) {
  for (let i = 0, j = 0; ; ) {
    const [one, other] = [a[i], b[j]];
    if (one === undefined || other === undefined) return null;
    const at = Math.max(one.from, other.from);
    if (at < Math.min(one.until, other.until) && restriction(one) !== restriction(other)) {
      return { at, one, other };
    }
    if (one.until <= other.until) i++;
    else j++;
  }
}

const shown = ({ mode, arrival }: TimetablePeriod): string =>
  arrival === null ? mode : `${mode} by the first person`;
const timeOf = (reading: number): string => new Date(reading).toISOString().slice(11, 16);
const offsetAt = (zone: Zone, at: number): number => zone.spans(at, at + 1000)[0]?.offset ?? 0;
