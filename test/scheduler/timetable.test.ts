import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HolidaySets } from '../../src/core/schedule.ts';
import type { TimetableRule } from '../../src/core/timetable-rule.ts';
import { compileTimetable } from '../../src/scheduler/timetable.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { plainTimetable, type Saying } from './plain-timetable.ts';
import { rule } from './rules.ts';
import { closedOn, daily, never, on, windows } from './shapes.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

const shown = ({ mode, arrival }: Saying): string => {
  if (arrival === null) return mode;
  return `${mode} ${arrival.from === arrival.until ? 'nobody' : `${arrival.from}-${arrival.until}`}`;
};

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
  const plainly = plainTimetable(rules, holidays, zone, from, until);
  const found: string[] = [];
  const edges = compiled.periods.flatMap((p) => [p.from - minuteMs, p.from, p.until - minuteMs, p.until]);
  const instants = edges.filter((at) => at >= from && at < until);
  for (let at = from; at < until; at += step) instants.push(at);
  for (const at of instants) {
    const expected = plainly(at).map(shown);
    const period = compiled.periods.find((one) => at >= one.from && at < one.until);
    const answer = period === undefined ? 'normal' : shown(period);
    const right = expected.length === 0 ? answer === 'normal' : expected.includes(answer);
    if (!right) found.push(`${new Date(at).toISOString()}: ${answer}, not ${expected.join(' or ')}`);
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
