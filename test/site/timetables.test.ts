import { beforeEach, expect, test } from 'vitest';
import type { TimetableFields } from '../../src/schema/timetable.ts';
import { rule } from '../scheduler/rules.ts';
import { closedOn, daily } from '../scheduler/shapes.ts';
import { plainly, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** Timetables made through the API, from there to the relay. It is Monday, 2 March 2026, 10:00 at the site. */
const day = 86_400_000;
let at: SiteUnderTest;
let front: string;
beforeEach(async () => {
  at = await siteUnderTest();
  front = at.site.doors.find(({ name }) => name === 'front')?.id ?? '';
});

const timetable = (...rules: ReturnType<typeof rule>[]): TimetableFields => ({
  external_id: null,
  name: 'Shop',
  door_ids: [front],
  rules: rules as unknown as TimetableFields['rules'],
});
const mode = () => at.composed.door.doors.status().doors.find(({ id }) => id === front)?.mode;
const comesTo = (now: string) => at.until(`the door is ${now}`, () => mode()?.now === now);

test('what shuts a door is in force when the answer says so; what opens it follows', async () => {
  const shut = timetable(rule('disabled', { week: daily('09:00-11:00') }));
  const { object, applied } = await at.done(at.admin.timetables.create(shut, plainly));
  expect([applied, mode()?.now]).toEqual([true, 'disabled']);
  const open = timetable(rule('unlocked', { cron: { expression: '0 8 * * mon', minutes: 600 } }));
  await at.done(at.admin.timetables.update(object.id, { rules: open.rules }, plainly));
  await comesTo('unlocked');
  const removed = await at.done(at.admin.timetables.remove(object.id, plainly));
  expect([removed.applied, mode()?.now]).toEqual([true, 'normal']);
});

test('a holiday put in shuts a door that stands open', async () => {
  const none = { external_id: null, name: 'Public', days: [] };
  const { object: set } = await at.done(at.admin.holidays.create(none, plainly));
  const open = rule('unlocked', { week: daily('09:00-18:00'), holidays: closedOn(set.id) });
  await at.done(at.admin.timetables.create(timetable(open), plainly));
  await comesTo('unlocked');
  const today = { days: [{ date: '2026-03-02', until: null, yearly: false }] };
  expect((await at.done(at.admin.holidays.update(set.id, today, plainly))).applied).toBe(true);
  expect(mode()?.now).toBe('normal');
});

test('each day the timetable reaches 400 days further, and beyond them the door is normal', async () => {
  await at.done(
    at.admin.timetables.create(timetable(rule('unlocked', { week: daily('00:00-24:00') })), plainly),
  );
  await comesTo('unlocked');
  at.killAdmin(false);
  at.clock.stepWall(500 * day);
  await comesTo('normal');
  at.adminMayStart(true);
  await at.until('the doors have followed', () => mode()?.timetable === 'unlocked', 120_000);
});

test('an operator’s mode goes before the timetable, by whom is told, and a door nobody knows is refused', async () => {
  const { caller } = plainly;
  const { doors } = at.admin;
  await at.done(
    at.admin.timetables.create(timetable(rule('unlocked', { week: daily('09:00-18:00') })), plainly),
  );
  await comesTo('unlocked');
  const until = at.clock.wall() + 60_000;
  await at.done(doors.setMode(front, 'disabled', until, caller));
  expect(mode()).toMatchObject({
    now: 'disabled',
    timetable: 'unlocked',
    override: { mode: 'disabled', until },
  });
  await at.run(60_000);
  await comesTo('unlocked');
  const unknown = at.done(doors.setMode('nobody', 'disabled', null, caller));
  await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
  const past = at.done(doors.setMode(front, 'disabled', at.clock.wall() - 1, caller));
  await expect(past).rejects.toMatchObject({ code: 'invalid_input' });
  const told = (await at.feed()).filter(({ type }) => type === 'door.mode_changed').map(({ data }) => data);
  expect(told).toMatchObject([
    { mode: 'unlocked', by: 'timetable' },
    { mode: 'disabled', by: 'operator', operator: caller.name, until },
    { mode: 'unlocked', by: 'timetable' },
  ]);
});
