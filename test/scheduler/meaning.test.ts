import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  compiledSchedule,
  type HolidayDay,
  type HolidaySets,
  inside,
  type Schedule,
} from '../../src/core/schedule.ts';
import { compileSchedule } from '../../src/scheduler/compile.ts';
import { openZone, type Zone } from '../../src/scheduler/zone.ts';
import { intlClock } from './plain.ts';
import { closedOn, daily, on, schedule, windows } from './shapes.ts';

const berlin = 'Europe/Berlin';
const dayMs = 86_400_000;

/** When a schedule opens on a date (and days after it) by the wall clock, and when it closes again: instants in UTC. */
function opens(
  one: Schedule,
  date: string,
  zone = berlin,
  holidays: HolidaySets = new Map(),
  days = 1,
): string {
  const [from, read] = [Date.parse(date) - 3 * dayMs, intlClock(zone)];
  const span = { from, until: from + (days + 6) * dayMs };
  const { edges } = compileSchedule(one, holidays, openZone(zone), span);
  const shown = (at: number) => new Date(at).toISOString().slice(5, 16);
  const found: string[] = [];
  for (const [i, edge] of edges.entries()) {
    const closes = edges[i + 1];
    if (i % 2 === 1 || closes === undefined || !Number.isFinite(edge)) continue;
    const { year, month, day } = read(edge);
    const later = (Date.UTC(year, month - 1, day) - Date.parse(date)) / dayMs;
    if (later >= 0 && later < days) found.push(`${shown(edge)} to ${shown(closes)}`);
  }
  return found.join(', ');
}
const once = (date: string): HolidayDay => ({ date, until: null, yearly: false });
const set = (...days: HolidayDay[]): HolidaySets => new Map([['a', days]]);
/** Whether it is inside when the clocks of Berlin read this (in winter). */
function at(one: Schedule, reading: string, holidays: HolidaySets = new Map()): boolean {
  const instant = Date.parse(`${reading}:00+01:00`);
  const span = { from: instant - 2 * dayMs, until: instant + 2 * dayMs };
  return inside(compiledSchedule(compileSchedule(one, holidays, openZone(berlin), span)), instant);
}

/** Each sentence of the list in docs/time.md, and what proves it. */
const sentences: Record<string, () => void> = {
  'An instant is inside if and only if what the wall clock reads at that instant lies in a window.'() {
    const one = schedule(daily('09:00-17:00'));
    expect(opens(one, '2026-01-12')).toBe('01-12T08:00 to 01-12T16:00');
    expect(opens(one, '2026-07-13')).toBe('07-13T07:00 to 07-13T15:00');
    expect(opens(one, '2026-07-13', 'Asia/Kathmandu')).toBe('07-13T03:15 to 07-13T11:15');
  },
  'A window begins with the minute `from` and ends before the minute `to`.'() {
    const one = schedule(daily('09:00-17:00'));
    const answers = ['08:59', '09:00', '16:59', '17:00'].map((time) => at(one, `2026-01-12T${time}`));
    expect(answers).toEqual([false, true, true, false]);
  },
  'A window may end at 24:00, and 00:00 to 24:00 is the whole day.'() {
    expect(at(schedule(daily('22:00-24:00')), '2026-01-12T23:59')).toBe(true);
    expect(at(schedule(daily('22:00-24:00')), '2026-01-12T00:00')).toBe(false);
    const always = compileSchedule(schedule(daily('00:00-24:00')), new Map(), openZone(berlin), {
      from: Date.UTC(2026, 0, 1),
      until: Date.UTC(2027, 0, 1),
    });
    expect([...always.edges]).toEqual([Number.NEGATIVE_INFINITY]);
  },
  'A day may have any number of windows, and windows that overlap or touch are one.'() {
    const one = schedule(daily('09:00-12:00', '13:00-15:00', '14:00-17:00', '17:00-18:00'));
    expect(opens(one, '2026-01-12')).toBe('01-12T08:00 to 01-12T11:00, 01-12T12:00 to 01-12T17:00');
  },
  'A window whose `to` is earlier than its `from` ends on the day after, and belongs to the day it starts on.'() {
    const one = schedule(on(['mon'], '22:00-06:00'));
    expect(opens(one, '2026-01-12', berlin, new Map(), 2)).toBe('01-12T21:00 to 01-13T05:00');
    expect(at(one, '2026-01-12T05:00')).toBe(false);
  },
  '`valid_from` and `valid_until` are the first and the last day on which windows start: a window over midnight runs to its end.'() {
    const one = schedule(daily('22:00-06:00'), { valid_from: '2026-01-12', valid_until: '2026-01-12' });
    expect(opens(one, '2026-01-11', berlin, new Map(), 4)).toBe('01-12T21:00 to 01-13T05:00');
  },
  'A holiday decides about the windows that start on it: one that started the evening before runs to its end, one that would start on it does not.'() {
    const one = schedule(daily('22:00-06:00'), { holidays: closedOn('a') });
    expect(opens(one, '2026-12-24', berlin, set(once('2026-12-25')), 3)).toBe(
      '12-24T21:00 to 12-25T05:00, 12-26T21:00 to 12-27T05:00',
    );
  },
  'A holiday with windows of its own has those and no others, and an ignored one is a day like any other.'() {
    const week = daily('09:00-17:00');
    const own = schedule(week, {
      holidays: [{ holiday_id: 'a', rule: 'windows', windows: windows('10:00-11:00') }],
    });
    const ignored = schedule(week, { holidays: [{ holiday_id: 'a', rule: 'ignored', windows: [] }] });
    const days = set(once('2026-01-12'));
    expect(opens(own, '2026-01-12', berlin, days)).toBe('01-12T09:00 to 01-12T10:00');
    expect(opens(ignored, '2026-01-12', berlin, days)).toBe('01-12T08:00 to 01-12T16:00');
  },
  "Where two holidays fall on one day, the first of the schedule's list counts."() {
    const both: HolidaySets = new Map([
      ['a', [once('2026-01-12')]],
      ['b', [once('2026-01-12')]],
    ]);
    const open = { holiday_id: 'b', rule: 'ignored' as const, windows: [] };
    const [shut] = closedOn('a');
    if (shut === undefined) throw new Error('no rule');
    expect(at(schedule(daily('09:00-17:00'), { holidays: [shut, open] }), '2026-01-12T10:00', both)).toBe(
      false,
    );
    expect(at(schedule(daily('09:00-17:00'), { holidays: [open, shut] }), '2026-01-12T10:00', both)).toBe(
      true,
    );
  },
  'A yearly holiday comes every year, one of several days may pass over the new year, and 29 February comes in leap years only.'() {
    const one = schedule(daily('09:00-17:00'), { holidays: closedOn('a') });
    const yearly = (date: string, until: string | null) => set({ date, until, yearly: true });
    const closed = (days: HolidaySets, ...dates: string[]) =>
      dates.map((date) => !at(one, `${date}T10:00`, days));
    expect(closed(yearly('2000-12-25', null), '2026-12-25', '2031-12-25', '2026-12-26')).toEqual([
      true,
      true,
      false,
    ]);
    const turn = yearly('2000-12-24', '2000-01-02');
    expect(closed(turn, '2026-12-23', '2026-12-24', '2027-01-02', '2027-01-03')).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(closed(yearly('2000-02-29', null), '2028-02-29', '2027-02-28', '2027-03-01')).toEqual([
      true,
      false,
      false,
    ]);
  },
  'An exception beats the week and every holiday, but not `valid_from` and `valid_until`.'() {
    const exceptions = [{ date: '2026-01-12', windows: windows('20:00-21:00') }];
    const days = set(once('2026-01-12'));
    const one = schedule(daily('09:00-17:00'), { exceptions, holidays: closedOn('a') });
    expect(opens(one, '2026-01-12', berlin, days)).toBe('01-12T19:00 to 01-12T20:00');
    expect(opens({ ...one, valid_until: '2026-01-11' }, '2026-01-12', berlin, days)).toBe('');
    const shut = { ...one, holidays: [], exceptions: [{ date: '2026-01-12', windows: [] }] };
    expect(opens(shut, '2026-01-12')).toBe('');
  },
  'Holidays that are gone are no holidays.'() {
    const one = schedule(daily('09:00-17:00'), { holidays: closedOn('gone') });
    expect(at(one, '2026-01-12T10:00')).toBe(true);
  },
  'In spring, an edge within the hour that is left out takes effect when it has been left out: 02:30 is 03:00.'() {
    expect(opens(schedule(daily('02:30-05:00')), '2026-03-29')).toBe('03-29T01:00 to 03-29T03:00');
    expect(opens(schedule(daily('01:00-02:30')), '2026-03-29')).toBe('03-29T00:00 to 03-29T01:00');
  },
  'A window that lies wholly in what is left out does not come that day.'() {
    expect(opens(schedule(daily('02:00-03:00')), '2026-03-29')).toBe('');
    expect(opens(schedule(daily('02:15-02:45')), '2026-03-29')).toBe('');
  },
  'In autumn, both passes of the hour that comes twice count: a window within it comes twice.'() {
    expect(opens(schedule(daily('02:15-02:45')), '2026-10-25')).toBe(
      '10-25T00:15 to 10-25T00:45, 10-25T01:15 to 10-25T01:45',
    );
    expect(opens(schedule(daily('02:00-03:00')), '2026-10-25')).toBe('10-25T00:00 to 10-25T02:00');
    expect(opens(schedule(daily('02:30-05:00')), '2026-10-25')).toBe(
      '10-25T00:30 to 10-25T01:00, 10-25T01:30 to 10-25T04:00',
    );
  },
  'A window over midnight and a clock change lasts an hour less in spring and an hour more in autumn.'() {
    const one = schedule(on(['sat'], '22:00-06:00'));
    expect(opens(one, '2026-03-28')).toBe('03-28T21:00 to 03-29T04:00');
    expect(opens(one, '2026-10-24')).toBe('10-24T20:00 to 10-25T05:00');
  },
  'Lord Howe Island moves its clocks by half an hour, and schedules with them.'() {
    const one = schedule(daily('01:00-02:20'));
    // On 4 April the clock goes from 02:00 +11 back to 01:30 +10:30; on 3 October from 02:00 on to 02:30.
    expect(opens(one, '2026-04-05', 'Australia/Lord_Howe')).toBe('04-04T14:00 to 04-04T15:50');
    expect(opens(one, '2026-10-04', 'Australia/Lord_Howe')).toBe('10-03T14:30 to 10-03T15:30');
  },
  'Samoa had no 30 December 2011: windows of that day do not come, but the end of one that would have passed into the 31st does.'() {
    // Thursday 29 December ended at 10:00 UTC, and Saturday the 31st began.
    const friday = (text: string) => opens(schedule(on(['fri'], text)), '2011-12-31', 'Pacific/Apia');
    expect(friday('09:00-17:00')).toBe('');
    expect(friday('22:00-06:00')).toBe('12-30T10:00 to 12-30T16:00');
  },
  'When a country changes its rules, a new zone database changes the schedules, and nothing else has to be done.'() {
    // Türkiye kept its summer time in 2016 and has not changed its clocks since; Jordan gave up winter time in 2022.
    const one = schedule(daily('09:00-17:00'));
    expect(opens(one, '2015-12-01', 'Europe/Istanbul')).toBe('12-01T07:00 to 12-01T15:00');
    expect(opens(one, '2016-12-01', 'Europe/Istanbul')).toBe('12-01T06:00 to 12-01T14:00');
    expect(opens(one, '2021-12-01', 'Asia/Amman')).toBe('12-01T07:00 to 12-01T15:00');
    expect(opens(one, '2022-12-01', 'Asia/Amman')).toBe('12-01T06:00 to 12-01T14:00');
    const other: Zone = { name: 'X', spans: (from, until) => [{ from, until, offset: 5 * 3_600_000 }] };
    const span = { from: Date.UTC(2026, 0, 12), until: Date.UTC(2026, 0, 13) };
    expect([...compileSchedule(one, new Map(), other, span).edges]).toEqual([
      Date.UTC(2026, 0, 12, 4),
      Date.UTC(2026, 0, 12, 12),
    ]);
  },
};

describe('docs/time.md', () => {
  for (const [sentence, prove] of Object.entries(sentences)) test(sentence, prove);

  test('every sentence of its meaning is proved here, and nothing else is', () => {
    const text = readFileSync(new URL('../../docs/time.md', import.meta.url), 'utf8');
    const meaning = text.slice(text.indexOf('## Meaning'), text.indexOf('## Timetables of doors'));
    const said = [...meaning.matchAll(/^- (.*)$/gm)].map(([, sentence]) => sentence);
    expect(said).toEqual(Object.keys(sentences));
  });
});

test('offsets are found to the second, in any order of asking', () => {
  const zone = openZone('America/New_York');
  const year = (y: number) => zone.spans(Date.UTC(y, 0, 1), Date.UTC(y + 1, 0, 1)).map(({ from }) => from);
  const late = year(2027);
  expect(year(2025)).toEqual([Date.UTC(2025, 0, 1), Date.UTC(2025, 2, 9, 7), Date.UTC(2025, 10, 2, 6)]);
  expect(late).toEqual([Date.UTC(2027, 0, 1), Date.UTC(2027, 2, 14, 7), Date.UTC(2027, 10, 7, 6)]);
  expect(year(2027)).toEqual(late);
  const odd = zone.spans(Date.UTC(2026, 2, 8, 6, 59, 59) + 123, Date.UTC(2026, 2, 8, 7) + 7);
  expect(odd.map(({ offset }) => offset / 3_600_000)).toEqual([-5, -4]);
  expect(odd[1]?.from).toBe(Date.UTC(2026, 2, 8, 7));
  const read = intlClock('America/New_York')(odd[1]?.from ?? 0);
  expect(read.minute).toBe(180);
});
