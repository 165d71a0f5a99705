import type { HolidaySets } from '../../src/core/schedule.ts';
import { type TimetableRule, windowsOf } from '../../src/core/timetable-rule.ts';
import { intlClock, plain, type Reading } from './plain.ts';
import { plainStarts } from './plain-cron.ts';
import { daily } from './shapes.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** What a rule says: a mode, and between which instants somebody must have arrived; null: nobody must. Empty: nobody can. */
export interface Saying {
  mode: TimetableRule['mode'];
  arrival: { from: number; until: number } | null;
}

const strictness = ({ mode, arrival }: Saying): number =>
  mode === 'unlocked' ? (arrival === null ? 0 : 1) : mode === 'card_and_pin' ? 2 : 3;

/** docs/time.md for a timetable, minute by minute within [from, until): of all that its rules say at an instant, what is most restrictive. */
export function plainTimetable(
  rules: readonly TimetableRule[],
  holidays: HolidaySets,
  zone: string,
  from: number,
  until: number,
): (at: number) => Saying[] {
  const clock = intlClock(zone);
  const says = rules.map((one) => plainRule(one, holidays, zone, from, until));
  return (at) => {
    const reading = clock(at);
    const all = says.flatMap((one) => one(at, reading));
    const top = Math.max(...all.map(strictness));
    return all.filter((one) => strictness(one) === top);
  };
}

const dateOf = ({ year, month, day }: Reading) => Date.UTC(year, month - 1, day);

function plainRule(
  one: TimetableRule,
  holidays: HolidaySets,
  zone: string,
  from: number,
  until: number,
): (at: number, reading: Reading) => Saying[] {
  const clock = intlClock(zone);
  const arrivals = new Map<number, Saying['arrival']>();
  const arrivalOn = (date: number): Saying['arrival'] => {
    if (one.first_person === null) return null;
    const known = arrivals.get(date);
    if (known !== undefined) return known;
    const [begins, to] = [one.first_person.from, one.first_person.to].map(
      (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)),
    ) as [number, number];
    const end = to > begins ? to : to + 1440;
    const within: number[] = [];
    for (let at = date - dayMs; at < date + 3 * dayMs; at += minuteMs) {
      const read = clock(at);
      const minute = (dateOf(read) - date) / minuteMs + read.minute;
      if (minute >= begins && minute < end) within.push(at);
    }
    const [first = 0] = within;
    const arrival = { from: first, until: within.length === 0 ? first : (within.at(-1) ?? 0) + minuteMs };
    arrivals.set(date, arrival);
    return arrival;
  };
  /** The windows that start on one day, and no others. */
  const ofDay = (date: number) => {
    const name = new Date(date).toISOString().slice(0, 10);
    const whole = windowsOf(one);
    const within = name >= (whole.valid_from ?? name) && name <= (whole.valid_until ?? name);
    return within ? plain({ ...whole, valid_from: name, valid_until: name }, holidays) : () => false;
  };
  const days = new Map<number, ReturnType<typeof ofDay>>();
  const inDay = (date: number, reading: Reading): boolean => {
    const known = days.get(date) ?? ofDay(date);
    days.set(date, known);
    return known(reading);
  };
  const begun =
    one.cron === null
      ? []
      : plainStarts(one.cron.expression, zone, from - 8 * dayMs, until)
          .filter(({ reading }) => counts(one, holidays, reading))
          .map(({ at, reading }) => ({
            at,
            until: at + (one.cron?.minutes ?? 0) * minuteMs,
            date: dateOf(reading),
          }));
  return (at, reading) => {
    const today = dateOf(reading);
    const dates = [today, today - dayMs].filter((date) => inDay(date, reading));
    const crons = begun.filter((span) => at >= span.at && at < span.until).map(({ date }) => date);
    return [...dates, ...crons].map((date) => ({ mode: one.mode, arrival: arrivalOn(date) }));
  };
}

/** Whether a cron time counts on this day: no exception and no holiday has taken its place. */
function counts(one: TimetableRule, holidays: HolidaySets, reading: Reading): boolean {
  const quiet = {
    ...windowsOf(one),
    week: daily('00:00-24:00'),
    exceptions: one.exceptions.map(({ date }) => ({ date, windows: [] })),
    holidays: one.holidays.map((rule) =>
      rule.rule === 'ignored' ? rule : { ...rule, rule: 'closed' as const, windows: [] },
    ),
  };
  return plain(quiet, holidays)({ ...reading, minute: 720 });
}
