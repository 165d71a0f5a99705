import ICAL from 'ical.js';
import { describe, expect, test } from 'vitest';
import { compileSchedule, horizonAt } from '../../src/scheduler/compile.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import type { HolidayFields, ScheduleFields } from '../../src/schema/schedule.ts';
import { closedOn, daily, never, on, schedule, windows } from '../scheduler/shapes.ts';
import { aSite, doors, person, resources, way, write } from './resources.ts';

const fields = (more: Partial<ScheduleFields> = {}): ScheduleFields => ({
  external_id: null,
  name: 'Office',
  ...(schedule(on(['mon', 'tue'], '09:00-17:00')) as Omit<ScheduleFields, 'external_id' | 'name'>),
  ...more,
});
const days = (...dates: string[]): HolidayFields => ({
  external_id: null,
  name: 'Holidays',
  days: dates.map((date) => ({ date, until: null, yearly: false })),
});
const dryRun = { ...write(), dry_run: true };
const fixedHoliday = '00000000-0000-5000-8000-0000000000f1';
const fixedSchedule = '00000000-0000-5000-8000-0000000000f2';
const siteWithFixed = {
  ...aSite,
  time_zone: 'Europe/Berlin',
  holidays: [{ id: fixedHoliday, name: 'Public', days: [{ date: '2026-12-25', until: null, yearly: true }] }],
  schedules: [{ id: fixedSchedule, name: 'Day', ...schedule(daily('08:00-20:00')) }],
};

describe('schedules', () => {
  test('are stored as they are given, and told in the feed', async () => {
    const { schedules, feedTypes } = await resources();
    const { object, created, applied } = await schedules.create(fields(), write());
    expect({ created, applied }).toEqual({ created: true, applied: null });
    expect(schedules.get(object.id)).toMatchObject({ ...fields(), fixed: false });
    expect(await feedTypes()).toEqual(['schedule.created']);
  });

  test.each<[string, Partial<ScheduleFields>, string]>([
    [
      'a window that is none',
      { week: on(['mon'], '09:00-09:00') as ScheduleFields['week'] },
      '/week/mon/0/to',
    ],
    ['validity that ends first', { valid_from: '2026-03-02', valid_until: '2026-03-01' }, '/valid_until'],
    ['holidays nobody made', { holidays: [...closedOn(fixedHoliday)] as never }, '/holidays/0/holiday_id'],
    [
      'two exceptions for a day',
      {
        exceptions: [
          { date: '2026-03-02', windows: [] },
          { date: '2026-03-02', windows: windows('09:00-10:00') },
        ],
      },
      '/exceptions/1/date',
    ],
    [
      'a day that is in no calendar',
      { exceptions: [{ date: '2026-02-30', windows: [] }] },
      '/exceptions/0/date',
    ],
  ])('%s is refused, with its place', async (_, wrong, pointer) => {
    const { schedules } = await resources();
    const refused = schedules.create(fields(wrong), write());
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input', errors: [{ pointer }] });
  });

  test('windows go with the rule windows, and with no other', async () => {
    const { schedules, holidays } = await resources();
    const { object } = await holidays.create(days('2026-12-25'), write());
    for (const [rule, given] of [
      ['windows', []],
      ['closed', windows('09:00-10:00')],
    ] as const) {
      const wrong = { holidays: [{ holiday_id: object.id, rule, windows: [...given] }] };
      await expect(schedules.create(fields(wrong), write())).rejects.toMatchObject({
        errors: [{ pointer: '/holidays/0/windows' }],
      });
    }
  });

  test('one that access goes by stays, and so do holidays that a schedule goes by', async () => {
    const { schedules, holidays, users, access } = await resources();
    const set = await holidays.create(days('2026-12-25'), write());
    const made = await schedules.create(
      fields({ holidays: [{ holiday_id: set.object.id, rule: 'closed', windows: [] }] }),
      write(),
    );
    const user = await users.create(person(), write());
    const given = await access.create(
      way(user.object.id, { door_id: doors.front }, { schedule_id: made.object.id }),
      write(),
    );
    const inUse = { code: 'still_referenced', members: { count: 1 } };
    await expect(schedules.remove(made.object.id, write())).rejects.toMatchObject(inUse);
    await expect(holidays.remove(set.object.id, write())).rejects.toMatchObject(inUse);
    await access.remove(given.object.id, write());
    await schedules.remove(made.object.id, write());
    await holidays.remove(set.object.id, write());
    expect(schedules.list({ limit: 10, after: null }, {}).items).toEqual([]);
  });

  test('a change of its times waits for the doors; a change of its name does not', async () => {
    const { schedules, waits } = await resources();
    const { object } = await schedules.create(fields(), write());
    expect((await schedules.update(object.id, { name: 'Bureau' }, write())).applied).toBeNull();
    expect(waits).toHaveLength(0);
    const smaller = { week: never as ScheduleFields['week'] };
    expect((await schedules.update(object.id, smaller, write())).applied).toBe(true);
    expect(waits).toHaveLength(1);
  });

  test('those of the site file are shown among the others, can be gone by, and cannot be changed', async () => {
    const { schedules, holidays, users, access } = await resources(undefined, () => siteWithFixed);
    const rule = { holiday_id: fixedHoliday, rule: 'closed' as const, windows: [] };
    const made = await schedules.create(fields({ holidays: [rule] }), write());
    const user = await users.create(person(), write());
    await access.create(
      way(user.object.id, { door_id: doors.front }, { schedule_id: fixedSchedule }),
      write(),
    );
    const shown = schedules.list({ limit: 10, after: null }, {}).items;
    expect(shown.map(({ id, fixed }) => [id, fixed])).toEqual(
      [
        [fixedSchedule, true],
        [made.object.id, false],
      ].sort(),
    );
    const refused = { code: 'method_not_allowed' };
    await expect(schedules.update(fixedSchedule, { name: 'x' }, write())).rejects.toMatchObject(refused);
    await expect(schedules.remove(fixedSchedule, write())).rejects.toMatchObject(refused);
    await expect(holidays.update(fixedHoliday, { days: [] }, write())).rejects.toMatchObject(refused);
  });

  test('access by a schedule nobody has is refused; taking one on may shut somebody out, so it waits', async () => {
    const { schedules, users, access, waits } = await resources();
    const user = await users.create(person(), write());
    const target = { door_id: doors.front };
    const unknown = way(user.object.id, target, { schedule_id: fixedSchedule });
    await expect(access.create(unknown, write())).rejects.toMatchObject({
      errors: [{ pointer: '/schedule_id' }],
    });
    const { object } = await access.create(way(user.object.id, target), write());
    const made = await schedules.create(fields(), write());
    const narrowed = await access.update(object.id, { schedule_id: made.object.id }, write());
    expect([narrowed.applied, waits.length]).toEqual([true, 1]);
    expect(users.effectiveAccess(user.object.id)[0]?.sources[0]?.schedule_id).toBe(made.object.id);
    await access.update(object.id, { schedule_id: null }, write());
    expect(waits).toHaveLength(1);
  });
});

describe('a dry run warns', () => {
  test('of a schedule without a minute, and stores nothing', async () => {
    const { schedules } = await resources();
    const empty = fields({ week: never as ScheduleFields['week'] });
    const { warnings } = await schedules.create(empty, dryRun);
    expect(warnings).toMatchObject([{ code: 'no_effective_minute', pointer: '' }]);
    expect(schedules.list({ limit: 10, after: null }, {}).items).toEqual([]);
  });

  test('of access whose schedule has no minute while it is valid', async () => {
    const { schedules, users, access } = await resources();
    const user = await users.create(person(), write());
    const { object } = await schedules.create(fields(), write());
    // 2026-03-04 is a Wednesday; the schedule holds on Mondays and Tuesdays.
    const wednesday = { valid_from: '2026-03-04T00:00:00Z', valid_until: '2026-03-05T00:00:00Z' };
    const given = (valid: object) =>
      access.create(
        way(user.object.id, { door_id: doors.front }, { schedule_id: object.id, ...valid }),
        dryRun,
      );
    expect((await given(wednesday)).warnings).toMatchObject([{ pointer: '/schedule_id' }]);
    expect((await given({ ...wednesday, valid_until: '2026-03-10T00:00:00Z' })).warnings).toEqual([]);
  });

  test('of holidays that leave a schedule without a minute', async () => {
    const { schedules, holidays } = await resources();
    const set = await holidays.create(days('2026-12-25'), write());
    const rule = { holiday_id: set.object.id, rule: 'closed' as const, windows: [] };
    await schedules.create(fields({ holidays: [rule] }), write());
    const all = { days: [{ date: '2026-01-01', until: '2028-01-01', yearly: false }] };
    expect((await holidays.update(set.object.id, all, dryRun)).warnings).toMatchObject([
      { code: 'no_effective_minute', pointer: '/days' },
    ]);
  });
});

test('the iCalendar, read back by another parser, is the schedule to the minute', async () => {
  const { schedules, clock } = await resources(undefined, () => siteWithFixed);
  const rule = { holiday_id: fixedHoliday, rule: 'closed' as const, windows: [] };
  const week = daily('22:00-06:00', '09:00-17:00') as ScheduleFields['week'];
  const given = fields({ name: `Night; "ä", ${'long '.repeat(15)}`.trim(), week, holidays: [rule] });
  const { object } = await schedules.create(given, write());
  const text = schedules.calendar(object.id);
  expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);

  const events = new ICAL.Component(ICAL.parse(text))
    .getAllSubcomponents('vevent')
    .map((one) => new ICAL.Event(one));
  const edges = events.flatMap(({ startDate, endDate }) =>
    [startDate, endDate].map((at) => at.toJSDate().getTime()),
  );
  const horizon = horizonAt(clock.wall());
  const sets = new Map(siteWithFixed.holidays.map(({ id, days }) => [id, days]));
  const compiled = compileSchedule(given, sets, openZone('Europe/Berlin'), horizon).edges;
  const ends = compiled.length % 2 === 1 ? [horizon.until] : [];
  expect(edges).toEqual([...compiled, ...ends].map((edge) => Math.max(edge, horizon.from)));
  expect(events.length).toBeGreaterThan(700);
  expect(events[0]?.summary).toBe(given.name);
  expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length);
});
