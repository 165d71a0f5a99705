import { expect, test } from 'vitest';
import { person, pin, way, write } from '../resources.ts';
import { ids, type ProgrammedSite, programmedSite } from './programmed-site.ts';

/** Codes in devices while the clock is wrong: which are there, and that nothing waits for a time that has been put away. */
const minute = 60_000;
const day = 24 * 60 * minute;
const house = { partition: 'house' } as const;
const at = (t: ProgrammedSite, ms: number): string => new Date(t.clock.wall() + ms).toISOString();

/** A site whose panel holds a code from now on until so many milliseconds. */
async function withCode(validMs: number, ...options: Parameters<typeof programmedSite>) {
  const t = await programmedSite(...options);
  await t.pass(2_000);
  const { object: user } = await t.admin.users.create(person(), write());
  await t.admin.credentials.create(pin(user.id, '0123'), write());
  const dates = { valid_from: at(t, -1_000 * day), valid_until: at(t, validMs) };
  const { object: access } = await t.admin.access.create(way(user.id, house, dates), write());
  await t.pass(1_000);
  expect([...t.panel.codes.values()]).toEqual(['0123']);
  return { t, user, access };
}

test('a code that has come to its end stays out of its device when the clock is put back', async () => {
  const { t } = await withCode(2 * minute);
  await t.pass(3 * minute);
  expect(t.panel.codes.size).toBe(0);
  const past = t.clock.wall();
  t.clock.stepWall(-day);
  t.knownPast(past);
  await t.pass(5 * minute);
  await t.restartAdmin();
  await t.pass(5 * minute);
  expect(t.panel.codes.size).toBe(0);
});

test('a code that a step took out of its device is back when the clock is right again', async () => {
  const { t } = await withCode(day);
  t.clock.stepWall(2 * day);
  t.knownPast(null);
  await t.pass(minute);
  expect(t.panel.codes.size).toBe(0);
  t.clock.stepWall(-2 * day);
  t.knownPast(null);
  await t.pass(3 * minute);
  expect([...t.panel.codes.values()]).toEqual(['0123']);
});

test('a code that went by a time to come is back when that time is forgotten', async () => {
  const { t } = await withCode(day);
  t.knownPast(t.clock.wall() + 2 * day);
  t.clock.stepWall(2 * day);
  await t.pass(2 * minute);
  t.clock.stepWall(-2 * day);
  t.knownPast(t.clock.wall() + 2 * day);
  await t.pass(2 * minute);
  expect(t.panel.codes.size).toBe(0);
  t.knownPast(t.clock.wall());
  await t.pass(3 * minute);
  expect([...t.panel.codes.values()]).toEqual(['0123']);
});

test('a freed slot rests as long as the site says after the clock was put back, and no longer', async () => {
  const { t, user, access } = await withCode(day, { rules: { quarantine_ms: 10 * minute } });
  await t.admin.access.remove(access.id, write());
  await t.pass(1_000);
  expect(t.panel.codes.size).toBe(0);
  t.clock.stepWall(-300 * day);
  await t.pass(2 * minute);
  const slots = [...t.admin.directory.slotsOf(ids.panel).values()];
  const slot = slots.find(({ rests_until }) => rests_until !== null);
  expect(slot?.rests_until).toBeLessThanOrEqual(t.clock.wall() + 10 * minute);
  await t.pass(11 * minute);
  await t.admin.access.create(way(user.id, house), write());
  await t.pass(1_000);
  expect([...t.panel.codes.keys()]).toEqual([slot?.slot]);
});

test('what is to be tried again is tried when the clock was put back, too', async () => {
  const t = await programmedSite();
  await t.pass(2_000);
  t.panel.is.losesWrites = 1;
  const { object: user } = await t.admin.users.create(person(), write());
  await t.admin.credentials.create(pin(user.id, '0123'), write());
  await t.admin.access.create(way(user.id, house), write());
  await t.pass(1_000);
  expect(t.panel.codes.size).toBe(0);
  t.clock.stepWall(-300 * day);
  await t.pass(2 * minute);
  expect([...t.panel.codes.values()]).toEqual(['0123']);
});
