import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cronFault } from '../../src/core/cron-expression.ts';
import type { HolidaySets } from '../../src/core/schedule.ts';
import type { TimetableRule } from '../../src/core/timetable-rule.ts';
import { compileSchedule } from '../../src/scheduler/compile.ts';
import { compileTimetable } from '../../src/scheduler/timetable.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { timetableRule } from '../../src/schema/timetable.ts';
import { rule } from './rules.ts';
import { closedOn, daily, on, schedule, windows } from './shapes.ts';

const dayMs = 86_400_000;
const berlin = openZone('Europe/Berlin');

/** The periods of a timetable on a date (UTC) and `days` after it, in Berlin if nothing is said, written `03-02T08:00 to 03-02T17:00 mode`, in UTC. */
function periods(
  rules: TimetableRule[],
  date: string,
  days = 1,
  holidays: HolidaySets = new Map(),
  zone = berlin,
): string[] {
  const from = Date.parse(date);
  const { periods: all } = compileTimetable(rules, holidays, zone, {
    from: from - 10 * dayMs,
    until: from + (days + 10) * dayMs,
  });
  const shown = (at: number) => new Date(at).toISOString().slice(5, 16);
  return all
    .filter((one) => one.from >= from && one.from < from + days * dayMs)
    .map(({ from: opens, until, mode, arrival }) => {
      const person =
        arrival === null ? '' : `, first person ${shown(arrival.from)} to ${shown(arrival.until)}`;
      return `${shown(opens)} to ${shown(until)} ${mode}${person}`;
    });
}
const cron = (expression: string, minutes: number) => ({ cron: { expression, minutes } });
const unlocked = (expression: string, minutes: number, more: Partial<TimetableRule> = {}) =>
  rule('unlocked', { ...cron(expression, minutes), ...more });
const onDay = (date: string): HolidaySets => new Map([['a', [{ date, until: null, yearly: false }]]]);

/** Each sentence of the list in docs/time.md, and what proves it. */
const sentences: Record<string, () => void> = {
  'Where a rule holds its doors are unlocked, ask for card and PIN, or are disabled; where none does they are normal.'() {
    const rules = [
      rule('unlocked', { week: daily('08:00-12:00') }),
      rule('card_and_pin', { week: daily('13:00-14:00') }),
      rule('disabled', { week: daily('20:00-21:00') }),
    ];
    expect(periods(rules, '2026-01-12')).toEqual([
      '01-12T07:00 to 01-12T11:00 unlocked',
      '01-12T12:00 to 01-12T13:00 card_and_pin',
      '01-12T19:00 to 01-12T20:00 disabled',
    ]);
  },
  'The windows of a rule, its holidays and exceptions, `valid_from` and `valid_until` mean what they mean in a schedule.'() {
    const days = schedule(daily('22:00-06:00', '09:00-12:00'), {
      holidays: closedOn('a'),
      exceptions: [{ date: '2026-03-31', windows: windows('02:00-03:00') }],
      valid_from: '2026-03-20',
      valid_until: '2026-04-02',
    });
    const horizon = { from: Date.UTC(2026, 2, 15), until: Date.UTC(2026, 3, 10) };
    const { edges } = compileSchedule(days, onDay('2026-03-29'), berlin, horizon);
    const compiled = compileTimetable([rule('unlocked', days)], onDay('2026-03-29'), berlin, horizon);
    expect(compiled.periods.flatMap(({ from, until }) => [from, until])).toEqual([...edges]);
    expect(edges.length).toBeGreaterThan(20);
  },
  'Where rules overlap the most restrictive holds: disabled, then card and PIN, then unlocked by the first person, then unlocked.'() {
    const rules = [
      rule('unlocked', { week: daily('08:00-20:00') }),
      rule('unlocked', { week: daily('09:00-18:00'), first_person: { from: '08:00', to: '11:00' } }),
      rule('card_and_pin', { week: daily('10:00-17:00') }),
      rule('disabled', { week: daily('12:00-13:00') }),
    ];
    const person = ', first person 01-12T07:00 to 01-12T10:00';
    const expected = [
      '01-12T07:00 to 01-12T08:00 unlocked',
      `01-12T08:00 to 01-12T09:00 unlocked${person}`,
      '01-12T09:00 to 01-12T11:00 card_and_pin',
      '01-12T11:00 to 01-12T12:00 disabled',
      '01-12T12:00 to 01-12T16:00 card_and_pin',
      `01-12T16:00 to 01-12T17:00 unlocked${person}`,
      '01-12T17:00 to 01-12T19:00 unlocked',
    ];
    expect(periods(rules, '2026-01-12')).toEqual(expected);
    expect(periods(rules.toReversed(), '2026-01-12')).toEqual(expected);
  },
  'With a first person, the door is unlocked only once somebody was granted there between the two times of the day on which the window or the cron time began.'() {
    const first_person = { from: '07:30', to: '10:00' };
    const both = [
      rule('unlocked', { week: daily('08:00-12:00', '13:00-18:00'), first_person }),
      unlocked('0 21 * * *', 300, { first_person }),
    ];
    const person = 'unlocked, first person 01-12T06:30 to 01-12T09:00';
    expect(periods(both, '2026-01-12')).toEqual([
      `01-12T07:00 to 01-12T11:00 ${person}`,
      `01-12T12:00 to 01-12T17:00 ${person}`,
      `01-12T20:00 to 01-13T01:00 ${person}`,
    ]);
  },
  'Those times may begin before the window does and end after it, and over midnight they end on the day after.'() {
    const night = rule('unlocked', {
      week: daily('22:00-04:00'),
      first_person: { from: '21:00', to: '05:00' },
    });
    expect(periods([night], '2026-01-12')).toEqual([
      '01-12T21:00 to 01-13T03:00 unlocked, first person 01-12T20:00 to 01-13T04:00',
    ]);
  },
  'Where the clock is put on or back they last from their first minute to their last; left out altogether, nobody can arrive, and the door stays locked.'() {
    const one = (from: string, to: string) => [
      rule('unlocked', { week: daily('04:00-06:00'), first_person: { from, to } }),
    ];
    const arrivals = (from: string, to: string, date: string) =>
      compileTimetable(one(from, to), new Map(), berlin, {
        from: Date.parse(date),
        until: Date.parse(date) + dayMs,
      }).periods.map(({ arrival }) => [
        (arrival?.from ?? 0) - Date.parse(date),
        (arrival?.until ?? 0) - Date.parse(date),
      ]);
    const [minute, hour] = [60_000, 3_600_000];
    expect(arrivals('01:30', '03:30', '2026-03-29')).toEqual([[30 * minute, 90 * minute]]);
    expect(arrivals('02:15', '02:45', '2026-10-25')).toEqual([[15 * minute, hour + 45 * minute]]);
    const [left] = arrivals('02:15', '02:45', '2026-03-29');
    expect(left?.[0]).toBe(left?.[1]);
  },
  'A cron expression has five fields, for minute, hour, day of month, month and day of week, and is read by the wall clock of the site.'() {
    expect(periods([unlocked('30 8 * * mon-fri', 90)], '2026-01-10', 4)).toEqual([
      '01-12T07:30 to 01-12T09:00 unlocked',
      '01-13T07:30 to 01-13T09:00 unlocked',
    ]);
    expect(periods([unlocked('0 8 1 7 *', 60)], '2026-06-20', 20)).toEqual([
      '07-01T06:00 to 07-01T07:00 unlocked',
    ]);
    expect(cronFault('0 30 8 * * mon')).toMatch(/five fields/);
  },
  'Where day of month and day of week are both restricted, either counts.'() {
    expect(periods([unlocked('0 8 15 * mon', 60)], '2026-01-11', 7)).toEqual([
      '01-12T07:00 to 01-12T08:00 unlocked',
      '01-15T07:00 to 01-15T08:00 unlocked',
    ]);
  },
  'A time that is left out in spring comes as much later as is left out: 02:30 is 03:30.'() {
    expect(periods([unlocked('30 2 * * *', 10)], '2026-03-29')).toEqual([
      '03-29T01:30 to 03-29T01:40 unlocked',
    ]);
  },
  'A time that comes twice in autumn counts the first time only.'() {
    expect(periods([unlocked('30 2 * * *', 10)], '2026-10-25')).toEqual([
      '10-25T00:30 to 10-25T00:40 unlocked',
    ]);
  },
  'What begins at a cron time lasts for its minutes, whatever the clock reads: ten hours from 20:00 end at 07:00 in spring and at 05:00 in autumn.'() {
    const evening = [unlocked('0 20 * * sat', 600)];
    expect(periods(evening, '2026-03-28')).toEqual(['03-28T19:00 to 03-29T05:00 unlocked']);
    expect(periods(evening, '2026-10-24')).toEqual(['10-24T18:00 to 10-25T04:00 unlocked']);
  },
  'A holiday or an exception takes the place of the cron times of its day: what began the evening before runs to its end.'() {
    const nights = { holidays: closedOn('a') };
    const all = periods([unlocked('0 22 * * *', 480, nights)], '2026-01-11', 3, onDay('2026-01-12'));
    expect(all).toEqual(['01-11T21:00 to 01-12T05:00 unlocked', '01-13T21:00 to 01-14T05:00 unlocked']);
    const free = { exceptions: [{ date: '2026-01-12', windows: [] }] };
    expect(periods([unlocked('0 22 * * *', 480, free)], '2026-01-11', 3)).toEqual(all);
  },
  'Windows of a holiday or an exception hold in a rule that goes by cron as in any other.'() {
    const own = {
      holidays: [{ holiday_id: 'a', rule: 'windows' as const, windows: windows('10:00-11:00') }],
      exceptions: [{ date: '2026-01-13', windows: windows('12:00-13:00') }],
    };
    expect(periods([unlocked('0 8 * * *', 60, own)], '2026-01-12', 3, onDay('2026-01-12'))).toEqual([
      '01-12T09:00 to 01-12T10:00 unlocked',
      '01-13T11:00 to 01-13T12:00 unlocked',
      '01-14T07:00 to 01-14T08:00 unlocked',
    ]);
    expect(periods([rule('unlocked', { week: on([], ''), ...own })], '2026-01-12', 2)).toHaveLength(1);
  },
  'An expression comes at most 24 times a day, and each time holds for a week at most.'() {
    expect(cronFault('0 * * * *')).toBeNull();
    expect(cronFault('0,30 * * * *')).toMatch(/at most 24/);
    const given = (minutes: number) =>
      timetableRule.safeParse({ mode: 'unlocked', ...cron('0 8 * * *', minutes) });
    expect([given(7 * 1440).success, given(7 * 1440 + 1).success]).toEqual([true, false]);
  },
  'On Lord Howe Island half an hour is left out: 02:15 is 02:45.'() {
    const night = [unlocked('15 2 * * *', 10)];
    const inLordHowe = (date: string) => periods(night, date, 1, new Map(), openZone('Australia/Lord_Howe'));
    // On 3 October 2026 (UTC) the clock goes from 02:00 on to 02:30, +10:30 to +11.
    expect(inLordHowe('2026-10-02')).toEqual(['10-02T15:45 to 10-02T15:55 unlocked']);
    expect(inLordHowe('2026-10-03')).toEqual(['10-03T15:45 to 10-03T15:55 unlocked']);
    expect(inLordHowe('2026-10-04')).toEqual(['10-04T15:15 to 10-04T15:25 unlocked']);
  },
  'Samoa had no 30 December 2011: what would have begun on it began at the same time of the 31st.'() {
    const on30 = [unlocked('0 8 30 * *', 60)];
    // Thursday the 29th ended at 10:00 UTC, and Saturday the 31st began.
    expect(periods(on30, '2011-12-29', 4, new Map(), openZone('Pacific/Apia'))).toEqual([
      '12-30T18:00 to 12-30T19:00 unlocked',
    ]);
    const all = periods([unlocked('0 8 * * *', 60)], '2011-12-29', 3, new Map(), openZone('Pacific/Apia'));
    expect(all).toEqual([
      '12-29T18:00 to 12-29T19:00 unlocked',
      '12-30T18:00 to 12-30T19:00 unlocked',
      '12-31T18:00 to 12-31T19:00 unlocked',
    ]);
  },
  'When a country changes its rules, a new zone database changes the timetables, as it does schedules.'() {
    // Türkiye kept its summer time in 2016 and has not changed its clocks since.
    const day = [unlocked('0 9 * * *', 60), rule('disabled', { week: daily('20:00-21:00') })];
    const inIstanbul = (date: string) => periods(day, date, 1, new Map(), openZone('Europe/Istanbul'));
    expect(inIstanbul('2015-12-01')).toEqual([
      '12-01T07:00 to 12-01T08:00 unlocked',
      '12-01T18:00 to 12-01T19:00 disabled',
    ]);
    expect(inIstanbul('2016-12-01')).toEqual([
      '12-01T06:00 to 12-01T07:00 unlocked',
      '12-01T17:00 to 12-01T18:00 disabled',
    ]);
  },
};

describe('docs/time.md, timetables of doors', () => {
  for (const [sentence, prove] of Object.entries(sentences)) test(sentence, prove);

  test('every sentence of it is proved here, and nothing else is', () => {
    const text = readFileSync(new URL('../../docs/time.md', import.meta.url), 'utf8');
    const part = text.slice(text.indexOf('## Timetables of doors'), text.indexOf('## How it is carried out'));
    const said = [...part.matchAll(/^- (.*)$/gm)].map(([, sentence]) => sentence);
    expect(said).toEqual(Object.keys(sentences));
  });
});
