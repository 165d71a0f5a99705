import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HolidaySets } from '../../src/core/schedule.ts';
import type { Timetable } from '../../src/core/timetable.ts';
import { type TimetableRule, windowsOf } from '../../src/core/timetable-rule.ts';
import { compileTimetable, restriction } from '../../src/scheduler/timetable.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { intlClock, plain, type Reading } from './plain.ts';
import { plainStarts } from './plain-cron.ts';
import { rule } from './rules.ts';
import { closedOn, daily, never, on, windows } from './shapes.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** What a rule says at an instant: how restrictive, and between which instants somebody must have arrived. */
type Says = (at: number, reading: Reading) => { mode: TimetableRule['mode']; arrival: string | null }[];

const dateOf = ({ year, month, day }: Reading) => Date.UTC(year, month - 1, day);

/** docs/time.md for one rule, minute by minute from `from` on. */
function plainRule(
  one: TimetableRule,
  holidays: HolidaySets,
  zone: string,
  from: number,
  until: number,
): Says {
  const clock = intlClock(zone);
  const arrivals = new Map<number, string | null>();
  const arrivalOn = (date: number): string | null => {
    if (one.first_person === null) return null;
    const known = arrivals.get(date);
    if (known !== undefined) return known;
    const { from: begins, to } = one.first_person;
    const minutes = [begins, to].map((t) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3))) as [
      number,
      number,
    ];
    const end = minutes[1] > minutes[0] ? minutes[1] : minutes[1] + 1440;
    const within: number[] = [];
    for (let at = date - dayMs; at < date + 3 * dayMs; at += minuteMs) {
      const read = clock(at);
      const minute = (dateOf(read) - date) / minuteMs + read.minute;
      if (minute >= minutes[0] && minute < end) within.push(at);
    }
    const [first] = within;
    const text = first === undefined ? 'nobody' : `${first}-${(within.at(-1) ?? 0) + minuteMs}`;
    arrivals.set(date, text);
    return text;
  };
  /** The windows that start on one day, and no others. */
  const ofDay = (date: number) => {
    const name = new Date(date).toISOString().slice(0, 10);
    const whole = windowsOf(one);
    const on = (valid: string | null, other: string) => (valid === null ? other : valid);
    const within = name >= on(whole.valid_from, name) && name <= on(whole.valid_until, name);
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
  const all = daily('00:00-24:00');
  const shut = { ...windowsOf(one), week: all };
  const quiet = {
    ...shut,
    exceptions: one.exceptions.map(({ date }) => ({ date, windows: [] })),
    holidays: one.holidays.map((rule) =>
      rule.rule === 'ignored' ? rule : { ...rule, rule: 'closed' as const, windows: [] },
    ),
  };
  return plain(quiet, holidays)({ ...reading, minute: 720 });
}

function shown(timetable: Timetable, at: number): string {
  const period = timetable.periods.find(({ from, until }) => at >= from && at < until);
  if (period === undefined) return 'normal';
  const { mode, arrival } = period;
  if (arrival === null) return mode;
  return `${mode} ${arrival.from === arrival.until ? 'nobody' : `${arrival.from}-${arrival.until}`}`;
}

/** Compares a timetable with the plain reading of its rules. */
function differences(
  rules: TimetableRule[],
  holidays: HolidaySets,
  zone: string,
  from: number,
  until: number,
  step: number,
): string[] {
  const compiled = compileTimetable(rules, holidays, openZone(zone), { from, until });
  const clock = intlClock(zone);
  const says = rules.map((one) => plainRule(one, holidays, zone, from, until));
  const found: string[] = [];
  const edges = compiled.periods.flatMap((p) => [p.from - minuteMs, p.from, p.until - minuteMs, p.until]);
  const instants = [...edges.filter((at) => at >= from && at < until)];
  for (let at = from; at < until; at += step) instants.push(at);
  for (const at of instants) {
    const reading = clock(at);
    const answers = says.flatMap((one) => one(at, reading));
    const rank = (a: (typeof answers)[number]) =>
      restriction({ mode: a.mode, arrival: a.arrival === null ? null : { from: 0, until: 0 } });
    const top = Math.max(-1, ...answers.map(rank));
    const expected = new Set(
      answers
        .filter((a) => rank(a) === top)
        .map((a) => (a.arrival === null ? a.mode : `${a.mode} ${a.arrival}`)),
    );
    const answer = shown(compiled, at);
    const right = expected.size === 0 ? answer === 'normal' : expected.has(answer);
    if (!right) found.push(`${new Date(at).toISOString()}: ${answer}, not ${[...expected].join(' or ')}`);
  }
  return found;
}

test('periods are in order, none overlaps another, and neighbours differ', () => {
  const rules = [
    rule('unlocked', { week: daily('08:00-18:00') }),
    rule('unlocked', { week: daily('17:00-20:00') }),
    rule('card_and_pin', { week: daily('19:00-09:00') }),
    rule('disabled', { cron: { expression: '0 12 * * *', minutes: 30 } }),
  ];
  const { periods } = compileTimetable(rules, new Map(), openZone('UTC'), { from: 0, until: 400 * dayMs });
  expect(periods.length).toBeGreaterThan(400 * 3);
  for (const [i, one] of periods.entries()) {
    const last = periods[i - 1];
    expect(one.from).toBeLessThan(one.until);
    if (last === undefined) continue;
    expect(one.from).toBeGreaterThanOrEqual(last.until);
    if (one.from === last.until) expect(one.mode).not.toBe(last.mode);
  }
});

test('a timetable is what its rules say minute by minute, at clock changes too', () => {
  const rules = [
    rule('unlocked', { week: on(['sat', 'sun'], '01:00-04:00', '08:00-18:00') }),
    rule('unlocked', {
      week: daily('02:15-06:00'),
      first_person: { from: '01:30', to: '02:30' },
    }),
    rule('card_and_pin', { week: daily('22:00-02:30') }),
    rule('disabled', { cron: { expression: '30 2 * * *', minutes: 45 } }),
  ];
  for (const [zone, at] of [
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['Australia/Lord_Howe', '2026-10-04'],
    ['America/New_York', '2026-11-01'],
  ] as const) {
    const day = Date.parse(at);
    expect(differences(rules, new Map(), zone, day - dayMs, day + dayMs, minuteMs), `${zone} ${at}`).toEqual(
      [],
    );
  }
});

test('any rules, in any zone, with holidays and exceptions', () => {
  const time = fc.integer({ min: 0, max: 95 }).map((q) => {
    const minute = q * 15;
    return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  });
  const window = fc
    .tuple(time, time)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => ({ from, to }));
  const week = fc.array(fc.array(window, { maxLength: 2 }), { minLength: 7, maxLength: 7 }).map((days) => ({
    mon: days[0] ?? [],
    tue: days[1] ?? [],
    wed: days[2] ?? [],
    thu: days[3] ?? [],
    fri: days[4] ?? [],
    sat: days[5] ?? [],
    sun: days[6] ?? [],
  }));
  const expression = fc.constantFrom(
    '30 2 * * *',
    '0 22 * * fri',
    '15 1,3 * * *',
    '45 23 1-28/2 * *',
    '0 8 * * mon-fri',
  );
  const times = fc.oneof(
    week.map((given) => ({ week: given, cron: null })),
    fc
      .tuple(expression, fc.constantFrom(15, 90, 600, 3000))
      .map(([text, minutes]) => ({ week: null, cron: { expression: text, minutes } })),
  );
  const date = fc.integer({ min: -3, max: 3 });
  const any = fc.record({
    mode: fc.constantFrom(
      'unlocked' as const,
      'unlocked' as const,
      'card_and_pin' as const,
      'disabled' as const,
    ),
    times,
    first: fc.option(window),
    exception: fc.option(fc.tuple(date, fc.array(window, { maxLength: 1 }))),
    holiday: fc.constantFrom(null, 'closed' as const, 'ignored' as const, 'windows' as const),
    until: fc.option(date),
  });
  const place = fc.constantFrom(
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/New_York', '2026-03-08'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Asia/Kathmandu', '2026-06-01'],
  );
  fc.assert(
    fc.property(
      fc.array(any, { minLength: 1, maxLength: 4 }),
      place,
      date,
      (given, [zone = '', on = ''], off) => {
        const day = Date.parse(on);
        const dated = (days: number) => new Date(day + days * dayMs).toISOString().slice(0, 10);
        const rules = given.map(({ mode, times: when, first, exception, holiday, until }) =>
          rule(mode, {
            ...when,
            first_person: mode === 'unlocked' ? first : null,
            exceptions: exception === null ? [] : [{ date: dated(exception[0]), windows: exception[1] }],
            holidays:
              holiday === null
                ? []
                : [
                    {
                      holiday_id: 'set',
                      rule: holiday,
                      windows: holiday === 'windows' ? windows('10:00-11:00') : [],
                    },
                  ],
            valid_until: until === null ? null : dated(until),
          }),
        );
        const sets: HolidaySets = new Map([['set', [{ date: dated(off), until: null, yearly: false }]]]);
        const from = day - dayMs;
        expect(differences(rules, sets, zone, from, from + 2 * dayMs, 30 * minuteMs)).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

test('a rule without any time says nothing, and a timetable without rules is normal throughout', () => {
  const rules = [rule('disabled', { week: never, holidays: closedOn('gone') })];
  const horizon = { from: 0, until: 10 * dayMs };
  expect(compileTimetable(rules, new Map(), openZone('UTC'), horizon)).toEqual({ ...horizon, periods: [] });
  expect(compileTimetable([], new Map(), openZone('UTC'), horizon).periods).toEqual([]);
});

test('what lies across the ends of the horizon is cut there', () => {
  const horizon = { from: dayMs + 3_600_000, until: 3 * dayMs + 3_600_000 };
  const all = [rule('card_and_pin', { cron: { expression: '0 0 * * *', minutes: 1440 } })];
  expect(compileTimetable(all, new Map(), openZone('UTC'), horizon).periods).toEqual([
    { ...horizon, mode: 'card_and_pin', arrival: null },
  ]);
});
