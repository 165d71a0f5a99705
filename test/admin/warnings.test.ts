import { expect, test } from 'vitest';
import { warningsService } from '../../src/admin/warnings.ts';
import type { Site } from '../../src/core/site.ts';
import type { ScheduleFields } from '../../src/schema/schedule.ts';
import type { TimetableFields } from '../../src/schema/timetable.ts';
import { rule } from '../scheduler/rules.ts';
import { daily, never, on, schedule } from '../scheduler/shapes.ts';
import { aSite, doors, person, resources, way, write } from './resources.ts';

const site: Site = { ...aSite, schedules: [{ id: 'fixed', name: 'fixed', ...schedule(never) }] };
const front = { door_id: doors.front };

async function opened() {
  const made = await resources(undefined, () => site);
  const warnings = warningsService({ directory: made.directory, site: () => site, clock: made.clock });
  const plan = (name: string, week: ScheduleFields['week']) => ({
    external_id: null,
    ...(schedule(week) as Omit<ScheduleFields, 'external_id' | 'name'>),
    name,
  });
  const week = (given: ReturnType<typeof daily>) => given as ScheduleFields['week'];
  return { ...made, list: warnings.list, plan, week };
}

test('schedules and timetables made through the API that will not do as they seem to are named; those of the site file are not', async () => {
  const { schedules, timetables, list, plan, week } = await opened();
  await schedules.create(plan('Office', week(daily('09:00-17:00'))), write());
  const { object: idle } = await schedules.create(plan('Idle', week(never)), write());
  const rules = [
    rule('unlocked', { week: daily('08:00-18:00') }),
    rule('disabled', { week: on(['mon'], '12:00-13:00') }),
  ] as unknown as TimetableFields['rules'];
  const shop = { external_id: null, name: 'Shop', door_ids: [], rules };
  const { object: timetable } = await timetables.create(shop, write());
  expect(await list()).toMatchObject({
    items: [
      { resource: `schedule/${idle.id}`, name: 'Idle', code: 'no_effective_minute', pointer: '' },
      { resource: `timetable/${timetable.id}`, name: 'Shop', code: 'contradiction', pointer: '/rules/1' },
    ],
    more: false,
  });
});

test('people whom no minute lets in are named, but for those who are suspended or whose time is over', async () => {
  const { users, access, schedules, list, plan, week } = await opened();
  const { object: mondays } = await schedules.create(
    plan('Mondays', week(on(['mon'], '09:00-17:00'))),
    write(),
  );
  const made = async (last_name: string, more: Parameters<typeof person>[0], schedule_id: string | null) => {
    const { object } = await users.create(person({ last_name, ...more }), write());
    await access.create(way(object.id, front, { schedule_id }), write());
    return object.id;
  };
  const wednesday = { valid_from: '2026-03-04T00:00:00Z', valid_until: '2026-03-05T00:00:00Z' };
  const nowhere = await made('Nowhere', wednesday, mondays.id);
  await made('Somewhere', wednesday, null);
  await made('Over', { valid_until: '2026-03-01T00:00:00Z' }, mondays.id);
  const suspended = await made('Suspended', wednesday, mondays.id);
  await users.setSuspended(suspended, true, write());
  await users.create(person({ last_name: 'Without access' }), write());
  expect((await list()).items).toEqual([
    {
      resource: `user/${nowhere}`,
      name: 'Ada Nowhere',
      code: 'no_effective_minute',
      pointer: '',
      detail: 'this user gets in nowhere: none of 1 access counts at any minute',
    },
  ]);
});

test('at most a thousand are told, and that there are more', async () => {
  const { schedules, list, plan, week } = await opened();
  const all = Array.from({ length: 1_001 }, (_, i) => schedules.create(plan(`${i}`, week(never)), write()));
  await Promise.all(all);
  const { items, more } = await list();
  expect([items.length, more]).toEqual([1_000, true]);
});
