import { beforeEach, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { ScheduleFields } from '../../src/schema/schedule.ts';
import { on, schedule } from '../scheduler/shapes.ts';
import { plainly, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** Access by a schedule, from the API to the lock: the doors decide by it alone, and go on without the admin half. */
const hour = 3_600_000;
const day = 24 * hour;
const adasCard = { facility: 12, number: 3456 };

let at: SiteUnderTest;
let holiday: string;
let office: string;
beforeEach(async () => {
  // Monday, 10:00 in Berlin.
  at = await siteUnderTest();
  const { user } = await at.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
  const days = [{ date: '2026-03-10', until: null, yearly: false }];
  const set = { external_id: null, name: 'Public', days };
  holiday = (await at.done(at.admin.holidays.create(set, plainly))).object.id;
  const times = schedule(on(['mon', 'tue', 'wed', 'thu', 'fri'], '08:00-18:00'), {
    holidays: [{ holiday_id: holiday, rule: 'closed', windows: [] }],
  });
  const fields = { external_id: null, name: 'Office', ...times } as ScheduleFields;
  office = (await at.done(at.admin.schedules.create(fields, plainly))).object.id;
  for (const { id } of at.admin.access.list({ limit: 10, after: null }, { user_id: user }).items) {
    const { applied } = await at.done(at.admin.access.update(id, { schedule_id: office }, plainly));
    expect(applied).toBe(true);
  }
});

const front = () => at.site.readers.find(({ name }) => name === 'front')?.id ?? '';
/** What the doors would answer at an instant. */
async function reasonAt(instant: number): Promise<string> {
  const value = new Secret('h10301:12:3456');
  const request = { reader_id: front(), kind: 'token' as const, value, at: instant, open: false };
  return (await at.done(at.admin.doors.try(request, plainly.caller))).reason;
}
/** Presents the card and says what the lock did. */
async function opens(): Promise<boolean> {
  const before = at.locks.length;
  at.devices.reader('front').present(adasCard);
  await at.run(3_000);
  return at.locks.slice(before).some((deed) => deed.event === 'lock_moved' && deed.state === 'released');
}

test('a card opens inside its schedule, and is refused outside of it and on a holiday, with the reason', async () => {
  expect(await opens()).toBe(true);
  const monday = Date.UTC(2026, 2, 2);
  expect(await reasonAt(monday + 6 * hour + 59 * 60_000)).toBe('outside_schedule');
  expect(await reasonAt(monday + 7 * hour)).toBe('granted');
  expect(await reasonAt(monday + 17 * hour - 1)).toBe('granted');
  expect(await reasonAt(monday + 17 * hour)).toBe('outside_schedule');
  expect(await reasonAt(monday + 8 * day + 10 * hour)).toBe('holiday');
  // After the clocks have been put on, 08:00 is 06:00 UTC.
  expect(await reasonAt(Date.UTC(2026, 2, 30, 6))).toBe('granted');
  at.clock.stepWall(10 * hour);
  expect(await opens()).toBe(false);
  const refused = (await at.feed()).filter(({ type }) => type === 'access.refused');
  expect(refused.map(({ data }) => data['reason'])).toEqual(['outside_schedule']);
});

test('a schedule made smaller, and a holiday put in, are at the doors when the answer says so', async () => {
  const smaller = { week: on(['mon'], '08:00-10:00') as ScheduleFields['week'] };
  const today = { days: [{ date: '2026-03-02', until: null, yearly: false }] };
  expect((await at.done(at.admin.holidays.update(holiday, today, plainly))).applied).toBe(true);
  expect(await reasonAt(at.clock.wall())).toBe('holiday');
  expect((await at.done(at.admin.schedules.update(office, smaller, plainly))).applied).toBe(true);
  expect(await opens()).toBe(false);
});

test('after a power cut, without an admin half, the doors still know the schedule', async () => {
  await at.run(40_000);
  at.killAdmin(false);
  await at.restart('power cut', 'started');
  await at.until('the reader answers', () => at.composed.door.doors.status().readers.every((r) => r.online));
  expect(await opens()).toBe(true);
  at.clock.stepWall(10 * hour);
  expect(await opens()).toBe(false);
});

test('beyond 400 days without an admin half nobody gets in by a schedule; when it is back they do', async () => {
  at.killAdmin(false);
  // A Monday at the same hour.
  at.clock.stepWall(58 * 7 * day);
  expect(await opens()).toBe(false);
  at.adminMayStart(true);
  await at.until('an admin half is at work', () => at.composed.admin() !== null, 60_000);
  await at.until('the doors have followed', () => at.admin.system().doors_in_sync);
  expect(await opens()).toBe(true);
  // The running admin half notices such a step too.
  at.clock.stepWall(58 * 7 * day);
  expect(await opens()).toBe(false);
  await at.run(2_000);
  expect(await opens()).toBe(true);
});
