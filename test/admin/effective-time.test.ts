import { describe, expect, test } from 'vitest';
import type { ImportUser } from '../../src/admin/ports.ts';
import type { Site } from '../../src/core/site.ts';
import type { ScheduleFields } from '../../src/schema/schedule.ts';
import type { TimetableFields } from '../../src/schema/timetable.ts';
import { rule } from '../scheduler/rules.ts';
import { daily, on, schedule } from '../scheduler/shapes.ts';
import { aSite, doors, person, resources, way, write } from './resources.ts';

const dryRun = { ...write(), dry_run: true };
// The virtual clock starts on 2 March 2026, a Monday.
const mondays: ScheduleFields = {
  external_id: null,
  name: 'Mondays',
  ...(schedule(on(['mon'], '09:00-17:00')) as Omit<ScheduleFields, 'external_id' | 'name'>),
};
const front = { door_id: doors.front };
const wednesday = { valid_from: '2026-03-04T00:00:00Z', valid_until: '2026-03-05T00:00:00Z' };

describe('a dry run of access tells of access that no minute counts', () => {
  test('because of the schedule, the dates, or a group without doors', async () => {
    const { users, access, groups, schedules } = await resources();
    const { object: guest } = await users.create(person({ kind: 'guest', ...wednesday }), write());
    const { object: plan } = await schedules.create(mondays, write());
    const { object: empty } = await groups.create(
      { external_id: null, name: 'Attic', door_ids: [] },
      write(),
    );
    const told = async (target: Parameters<typeof way>[1], more: Parameters<typeof way>[2] = {}) =>
      (await access.create(way(guest.id, target, more), dryRun)).warnings?.map(
        ({ pointer, detail }) => `${pointer}: ${detail}`,
      );
    expect(await told(front)).toEqual([]);
    expect(await told(front, { schedule_id: plan.id })).toEqual([
      '/schedule_id: the schedule Mondays has no minute while this access and its user are valid',
    ]);
    expect(await told({ door_group_id: empty.id })).toEqual([
      '/target/door_group_id: the door group Attic has no doors',
    ]);
    expect(await told(front, { valid_until: '2026-03-04T00:00:00Z' })).toEqual([
      '/valid_until: this access and its user are never valid at the same time',
    ]);
    const { object: gone } = await users.create(person({ valid_until: '2026-03-01T00:00:00Z' }), write());
    expect((await access.create(way(gone.id, front), dryRun)).warnings).toMatchObject([
      { code: 'no_effective_minute', detail: 'this access or its user has ended already' },
    ]);
  });
});

describe('a dry run of access tells of doors that are shut whenever it counts', () => {
  const shutFrom = (...windows: string[]) =>
    windows.map((window) => rule('disabled', { week: daily(window) })) as unknown as TimetableFields['rules'];

  test('by a timetable, alone or together with the schedule', async () => {
    const relay = { id: 'l', name: 'lock' } as Site['locks'][number];
    const site: Site = { ...aSite, locks: [relay] };
    const { users, access, schedules, timetables, groups } = await resources(undefined, () => site);
    const { object: ada } = await users.create(person(), write());
    const { object: plan } = await schedules.create(mondays, write());
    const { object: both } = await groups.create(
      { external_id: null, name: 'Both', door_ids: [doors.front, doors.back] },
      write(),
    );
    const { object: nights } = await timetables.create(
      { external_id: null, name: 'Days off', door_ids: [doors.front], rules: shutFrom('09:00-17:00') },
      write(),
    );
    const told = async (target: Parameters<typeof way>[1], schedule_id: string | null) =>
      (await access.create(way(ada.id, target, { schedule_id }), dryRun)).warnings?.map(
        ({ pointer }) => pointer,
      );
    expect(await told(front, null)).toEqual([]);
    expect(await told(front, plan.id)).toEqual(['/target']);
    expect(await told({ door_id: doors.back }, plan.id)).toEqual([]);
    expect(await told({ door_group_id: both.id }, plan.id)).toEqual([]);
    await timetables.update(nights.id, { rules: shutFrom('09:00-16:59') }, write());
    expect(await told(front, plan.id)).toEqual([]);
    await timetables.update(nights.id, { rules: shutFrom('00:00-12:00', '12:00-24:00') }, write());
    expect(await told(front, null)).toEqual(['/target']);
  });
});

describe('a dry run tells of people who would get in nowhere', () => {
  test('because of their dates', async () => {
    const { users, access, schedules } = await resources();
    const { object: plan } = await schedules.create(mondays, write());
    const { object: guest } = await users.create(person(), write());
    expect((await users.update(guest.id, wednesday, dryRun)).warnings).toEqual([]);
    await access.create(way(guest.id, front, { schedule_id: plan.id }), write());
    expect((await users.update(guest.id, { last_name: 'Byron' }, dryRun)).warnings).toEqual([]);
    expect((await users.update(guest.id, wednesday, dryRun)).warnings).toEqual([
      {
        code: 'no_effective_minute',
        pointer: '',
        detail: 'this user gets in nowhere: none of 1 access counts at any minute',
      },
    ]);
    expect((await users.update(guest.id, wednesday, write())).warnings).toBeUndefined();
  });

  test('because of a schedule made smaller', async () => {
    const { users, access, schedules } = await resources();
    const { object: plan } = await schedules.create(
      { ...mondays, week: daily('09:00-17:00') as ScheduleFields['week'] },
      write(),
    );
    for (const more of [wednesday, wednesday, {}]) {
      const { object } = await users.create(person(more), write());
      await access.create(way(object.id, front, { schedule_id: plan.id }), write());
    }
    const { object: other } = await users.create(person(wednesday), write());
    await access.create(way(other.id, front, { schedule_id: plan.id }), write());
    await access.create(way(other.id, { door_id: doors.back }), write());
    expect((await schedules.update(plan.id, { name: 'Daily' }, dryRun)).warnings).toEqual([]);
    expect((await schedules.update(plan.id, { week: mondays.week }, dryRun)).warnings).toEqual([
      {
        code: 'no_effective_minute',
        pointer: '',
        detail: 'leaves 2 of the people whose access depends on it without any: they get in nowhere',
      },
    ]);
  });

  test('because of a holiday put in, or a group that loses its doors', async () => {
    const { users, access, schedules, holidays, groups } = await resources();
    const { object: set } = await holidays.create({ external_id: null, name: 'Public', days: [] }, write());
    const closed: ScheduleFields['holidays'] = [{ holiday_id: set.id, rule: 'closed', windows: [] }];
    const { object: plan } = await schedules.create({ ...mondays, holidays: closed }, write());
    const monday = { valid_from: '2026-03-09T00:00:00Z', valid_until: '2026-03-10T00:00:00Z' };
    const { object: guest } = await users.create(person(monday), write());
    const { object: wing } = await groups.create(
      { external_id: null, name: 'Wing', door_ids: [doors.front] },
      write(),
    );
    const inWing = way(guest.id, { door_group_id: wing.id }, { schedule_id: plan.id });
    await access.create(inWing, write());
    const left = {
      code: 'no_effective_minute',
      detail: 'leaves 1 of the people whose access depends on it without any: they get in nowhere',
    };
    const on9 = { days: [{ date: '2026-03-09', until: null, yearly: false }] };
    expect((await holidays.update(set.id, on9, dryRun)).warnings).toMatchObject([left]);
    const on16 = { days: [{ date: '2026-03-16', until: null, yearly: false }] };
    expect((await holidays.update(set.id, on16, dryRun)).warnings).toEqual([]);
    expect((await groups.update(wing.id, { door_ids: [] }, dryRun)).warnings).toMatchObject([left]);
    expect((await groups.update(wing.id, { name: 'West wing' }, dryRun)).warnings).toEqual([]);
    // Nobody is told of twice: who gets in nowhere as it is, is left out by no change.
    await groups.update(wing.id, { door_ids: [] }, write());
    expect((await holidays.update(set.id, on9, dryRun)).warnings).toEqual([]);
  });
});

test('a dry run of an import tells of each such access, and of people who get in nowhere', async () => {
  const { imports, schedules } = await resources();
  const { object: plan } = await schedules.create(mondays, write());
  const listed = (name: string, access: ImportUser['access']): ImportUser => ({
    ...person({ external_id: name, last_name: name, ...wednesday }),
    suspended: false,
    credentials: [],
    access,
  });
  const { user_id: _, ...never } = way('', front, { schedule_id: plan.id });
  const { user_id: __, ...always } = way('', { door_id: doors.back });
  const list = [listed('nowhere', [never]), listed('somewhere', [never, always]), listed('nothing', [])];
  const dry = await imports.run(list, 'merge', dryRun);
  expect(dry.rows.filter(({ warnings }) => warnings !== undefined)).toMatchObject([
    { index: 0, kind: 'user', warnings: [{ code: 'no_effective_minute', pointer: '' }] },
    { index: 0, kind: 'access', warnings: [{ pointer: '/schedule_id' }] },
    { index: 1, kind: 'access', warnings: [{ pointer: '/schedule_id' }] },
  ]);
  const real = await imports.run(list, 'merge', write());
  expect(real.rows.filter(({ warnings }) => warnings !== undefined)).toEqual([]);
});
