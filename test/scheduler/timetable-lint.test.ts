import { expect, test } from 'vitest';
import type { HolidaySets } from '../../src/core/schedule.ts';
import type { TimetableRule } from '../../src/core/timetable-rule.ts';
import { horizonAt } from '../../src/scheduler/compile.ts';
import { lintTimetable } from '../../src/scheduler/timetable-lint.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { rule } from './rules.ts';
import { closedOn, daily, never, on } from './shapes.ts';

const now = Date.UTC(2026, 2, 2);
const cron = (expression: string, minutes = 60) => ({ cron: { expression, minutes } });
const lint = (rules: TimetableRule[], holidays: HolidaySets = new Map()) =>
  lintTimetable(rules, holidays, openZone('Europe/Berlin'), horizonAt(now));
const told = (rules: TimetableRule[], holidays?: HolidaySets) =>
  lint(rules, holidays).map(({ code, pointer }) => `${code} ${pointer}`);

test('an ordinary timetable is told nothing: rules that touch or say the same do not contradict', () => {
  const rules = [
    rule('unlocked', { week: on(['mon', 'tue'], '08:00-18:00') }),
    rule('unlocked', { week: daily('17:00-19:00') }),
    rule('card_and_pin', { week: daily('19:00-06:00') }),
    rule('disabled', cron('0 7 * * sun')),
  ];
  expect(told(rules)).toEqual([]);
});

test('windows and cron times that never come', () => {
  expect(told([rule('unlocked', { week: never })])).toEqual(['never /rules/0']);
  expect(told([rule('unlocked', cron('0 8 29 2 *'))])).toEqual(['never /rules/0/cron']);
  const march = { valid_from: '2026-03-09', valid_until: '2026-03-12' };
  expect(told([rule('unlocked', { week: on(['mon', 'sat'], '08:00-18:00'), ...march })])).toEqual([
    'never /rules/0/week/sat/0',
  ]);
});

test('what is looked at ends 400 days from today: a rule that begins after that is not judged', () => {
  const begins = (valid_from: string) => [rule('unlocked', { ...cron('0 8 * * *'), valid_from })];
  expect(lint([rule('unlocked', { week: never })])[0]?.detail).toBe(
    'comes never from 2026-02-23 to 2027-04-05',
  );
  expect(told([rule('unlocked', { week: never, valid_from: '2027-04-05' })])).toEqual(['never /rules/0']);
  expect(told([rule('unlocked', { week: never, valid_from: '2027-04-06' })])).toEqual([]);
  expect(told(begins('2027-04-05'))).toEqual([]);
  expect(told(begins('2027-04-06'))).toEqual([]);
});

test('what a holiday or an exception always takes the place of', () => {
  const sundays = new Map([['a', [{ date: '2026-01-01', until: '2028-01-01', yearly: false }]]]);
  const rules = [rule('unlocked', { ...cron('0 8 * * sun'), holidays: closedOn('a') })];
  expect(told(rules, sundays)).toEqual(['shadowed /rules/0/cron']);
  expect(told(rules)).toEqual([]);
  const day = [
    rule('unlocked', { ...cron('0 8 12 3 *'), exceptions: [{ date: '2026-03-12', windows: [] }] }),
  ];
  // The twelfth of March of the year after is no exception.
  expect(told(day)).toEqual([]);
});

test('times that are left out or come twice, and windows there', () => {
  const detail = (text: string) => lint([rule('unlocked', cron(text))])[0]?.detail;
  expect(detail('30 2 * * *')).toBe('02:30 is left out on 2026-03-29: it comes at 03:30');
  expect(detail('30 2 * 10 *')).toBe('02:30 comes twice on 2026-10-25: it counts the first time');
  expect(detail('0 3 * * *')).toBeUndefined();
  expect(told([rule('unlocked', { week: on(['sun'], '02:00-03:00') })])).toEqual([
    'clock_change /rules/0/week/sun/0',
  ]);
});

test('rules that say different things at the same time: the pair, the first time, and which holds', () => {
  const rules = [
    rule('unlocked', { week: daily('08:00-18:00') }),
    rule('unlocked', { week: on(['sat'], '10:00-12:00'), first_person: { from: '09:00', to: '11:00' } }),
    rule('disabled', cron('0 12 * * wed')),
  ];
  expect(lint(rules)).toEqual([
    {
      code: 'contradiction',
      pointer: '/rules/1',
      detail:
        'at 2026-02-28 10:00 rule 0 says unlocked and rule 1 unlocked by the first person: unlocked by the first person holds',
    },
    {
      code: 'contradiction',
      pointer: '/rules/2',
      detail: 'at 2026-02-25 12:00 rule 0 says unlocked and rule 2 disabled: disabled holds',
    },
  ]);
});

test('a rule that never holds is told so, and not each of its contradictions', () => {
  const rules = [
    rule('unlocked', { week: daily('08:00-18:00') }),
    rule('disabled', { week: daily('00:00-24:00') }),
  ];
  expect(told(rules)).toEqual(['shadowed /rules/0', 'no_effective_minute ']);
});

test('a first person who can never come in time', () => {
  const late = rule('unlocked', { week: daily('08:00-10:00'), first_person: { from: '10:00', to: '12:00' } });
  expect(told([late])).toEqual(['never /rules/0/first_person']);
  const right = { ...late, first_person: { from: '06:00', to: '08:30' } };
  expect(told([right])).toEqual([]);
});

test('doors that open for nobody at any minute', () => {
  const nights = rule('disabled', { week: daily('18:00-06:00') });
  expect(told([nights, rule('disabled', { week: daily('06:00-18:00') })])).toEqual(['no_effective_minute ']);
  expect(told([nights, rule('disabled', { week: daily('06:00-17:59') })])).toEqual([]);
  const shut = rule('disabled', { week: daily('00:00-24:00') });
  expect(told([{ ...shut, valid_from: '2026-02-24' }])).toEqual([]);
  expect(told([{ ...shut, valid_until: '2027-04-04' }])).toEqual([]);
  expect(told([nights, rule('card_and_pin', { week: daily('06:00-18:00') })])).toEqual([]);
});
