import { expect, test } from 'vitest';
import type { HolidaySets, Schedule } from '../../src/core/schedule.ts';
import { horizonAt } from '../../src/scheduler/compile.ts';
import { lintSchedule } from '../../src/scheduler/lint.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { closedOn, daily, never, on, schedule, windows } from './shapes.ts';

const now = Date.UTC(2026, 2, 2);
const lint = (one: Schedule, holidays: HolidaySets = new Map(), zone = 'Europe/Berlin') =>
  lintSchedule(one, holidays, openZone(zone), horizonAt(now));
const told = (one: Schedule, holidays?: HolidaySets) =>
  lint(one, holidays).map(({ code, pointer }) => `${code} ${pointer}`);

test('an ordinary schedule is told nothing, over midnight and clock changes either', () => {
  expect(told(schedule(daily('08:00-12:00', '13:00-18:00')))).toEqual([]);
  expect(told(schedule(daily('22:00-06:00')))).toEqual([]);
  expect(told(schedule(daily('00:00-24:00')))).toEqual([]);
});

test('a schedule that contains no minute is told so, and nothing else', () => {
  expect(told(schedule(never))).toEqual(['no_effective_minute ']);
  expect(told(schedule(daily('09:00-17:00'), { valid_until: '2025-12-31' }))).toEqual([
    'no_effective_minute ',
  ]);
});

test('what is looked at ends 400 days from today: one that begins after that is not judged', () => {
  expect(lint(schedule(never))[0]?.detail).toMatch(/^contains no minute from 2026-02-23 to 2027-04-05: /);
  expect(told(schedule(never, { valid_from: '2027-04-05' }))).toEqual(['no_effective_minute ']);
  expect(told(schedule(never, { valid_from: '2027-04-06' }))).toEqual([]);
  expect(told(schedule(on(['mon'], '09:00-17:00'), { valid_from: '2027-04-05' }))).toEqual([]);
});

test('a window whose weekday never comes', () => {
  // 9 March 2026 is a Monday.
  const one = schedule(on(['mon', 'sat'], '09:00-17:00'), {
    valid_from: '2026-03-09',
    valid_until: '2026-03-12',
  });
  expect(told(one)).toEqual(['never /week/sat/0']);
});

test('a window that a holiday or an exception always takes the place of', () => {
  const one = schedule(on(['mon', 'tue'], '09:00-17:00'), {
    valid_from: '2026-03-09',
    valid_until: '2026-03-17',
    holidays: closedOn('a'),
    exceptions: [{ date: '2026-03-16', windows: windows('10:00-11:00') }],
  });
  const mondays = new Map([['a', [{ date: '2026-03-09', until: null, yearly: false }]]]);
  expect(told(one, mondays)).toEqual(['shadowed /week/mon/0']);
  expect(told({ ...one, exceptions: [] }, mondays)).toEqual([]);
});

test('an exception outside the dates of the schedule', () => {
  const exceptions = [{ date: '2026-05-01', windows: windows('10:00-11:00') }];
  expect(told(schedule(daily('09:00-17:00'), { valid_until: '2026-04-01', exceptions }))).toEqual([
    'never /exceptions/0',
  ]);
  const closed = [{ date: '2026-05-01', windows: [] }];
  expect(told(schedule(daily('09:00-17:00'), { valid_until: '2026-04-01', exceptions: closed }))).toEqual([]);
});

test('windows at a clock change: what becomes of each, the first time it happens', () => {
  const details = (window: string) => lint(schedule(on(['sun'], window))).map(({ detail }) => detail);
  const spring = 'the clock goes from 02:00 on to 03:00';
  const autumn = 'the clock goes from 03:00 back to 02:00';
  expect(details('02:00-03:00')).toEqual([`02:00-03:00 does not come on 2026-03-29: ${spring}`]);
  expect(details('02:30-05:00')).toEqual([
    `02:30-05:00 begins on 2026-03-29 within what is left out: ${spring}`,
  ]);
  const later = schedule(on(['sun'], '01:00-02:30'), { valid_from: '2026-04-01' });
  expect(lint(later).map(({ detail }) => detail)).toEqual([
    `01:00-02:30 ends on 2026-10-25 within the time that comes twice, and counts in both: ${autumn}`,
  ]);
  expect(lint(schedule(on(['sun'], '02:30-05:00')), new Map(), 'Asia/Tokyo')).toEqual([]);
});

test('a window that begins or ends just where the clock is moved is not told of: nothing of it is in doubt', () => {
  for (const window of ['00:00-02:00', '00:00-03:00', '02:00-05:00', '03:00-05:00', '01:00-04:00']) {
    expect(told(schedule(on(['sun'], window)))).toEqual([]);
  }
});

test('windows of exceptions are looked at too, where they stand', () => {
  const exceptions = [
    { date: '2026-03-28', windows: [] },
    { date: '2026-03-29', windows: windows('09:00-10:00', '02:15-02:45') },
  ];
  expect(told(schedule(on(['mon'], '09:00-17:00'), { exceptions }))).toEqual([
    'clock_change /exceptions/1/windows/1',
  ]);
});
