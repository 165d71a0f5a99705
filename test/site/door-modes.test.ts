import { expect, test } from 'vitest';
import type { DoorMode } from '../../src/core/timetable.ts';
import { operator, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** Doors that stand unlocked, want card and PIN or are disabled: from the site file and the API to the relay. It is Monday, 10:00. */
const minute = 60_000;
const card = { facility: 12, number: 3456 };
const rules =
  (...each: [mode: DoorMode, windows: string][]) =>
  (text: string) =>
    text.replace('[doors.front]\n', '[doors.front]\ntimetable = "shop"\n') +
    each
      .map(([mode, times]) => `\n[[timetables.shop.rules]]\nmode = "${mode}"\nmon = ["${times}"]\n`)
      .join('');
const openNow = rules(['unlocked', '09:00-18:00']);

const front = (at: SiteUnderTest) => at.site.doors.find(({ name }) => name === 'front')?.id ?? '';
const status = (at: SiteUnderTest) =>
  at.composed.door.doors.status().doors.find(({ id }) => id === front(at));
const standsOpen = (at: SiteUnderTest) =>
  at.until(
    'it stands unlocked',
    () => status(at)?.mode.now === 'unlocked' && status(at)?.lock === 'released',
  );
/** What the relay has done since this was asked last. */
const moves = (at: SiteUnderTest) =>
  at.locks.splice(0).flatMap((deed) => (deed.event === 'lock_moved' ? [deed.state] : []));
const told = async (at: SiteUnderTest, ...types: string[]) =>
  (await at.feed()).filter(({ type }) => types.includes(type)).map(({ type, data }) => ({ type, ...data }));

test('a door stands as its timetable says, from the site file to the relay', async () => {
  const adapt = rules(
    ['unlocked', '09:00-10:01'],
    ['disabled', '10:01-10:02'],
    ['card_and_pin', '10:02-12:00'],
  );
  const at = await siteUnderTest({ adapt });
  await at.person('Lovelace', [
    { kind: 'card', value: '12:3456' },
    { kind: 'pin', value: '2468' },
  ]);
  await standsOpen(at);
  expect(moves(at)).toEqual(['released']);
  at.devices.reader('front').present(card);
  await at.run(2_000);
  expect(moves(at)).toEqual([]);

  await at.run(minute);
  expect(moves(at)).toEqual(['secured']);
  at.devices.reader('front').present(card);
  await at.run(2_000);
  expect(moves(at)).toEqual([]);

  await at.run(minute);
  at.devices.reader('front').present(card);
  await at.run(1_000);
  expect(moves(at)).toEqual([]);
  at.devices.reader('front').type('2468#');
  await at.run(2_000);
  expect(moves(at)).toEqual(['released', 'secured']);
  expect(await told(at, 'door.mode_changed', 'access.granted', 'access.refused')).toMatchObject([
    { mode: 'unlocked', by: 'timetable' },
    { reason: 'granted' },
    { mode: 'disabled' },
    { reason: 'door_disabled' },
    { mode: 'card_and_pin' },
    { reason: 'granted', card: {} },
  ]);
});

test('a power cut while it stands unlocked, and the start after it, write no relay and tell nothing', async () => {
  const at = await siteUnderTest({ adapt: openNow });
  await standsOpen(at);
  await at.run(5_000);
  at.locks.length = 0;
  await at.restart('power cut');
  await standsOpen(at);
  await at.run(minute);
  expect(at.locks).toEqual([]);
  expect(await told(at, 'door.mode_changed', 'door.unlocked')).toHaveLength(2);
});

test('a board that keeps time is told again and again, its relay does not move, and it lets go by itself when nobody does', async () => {
  const timed = (text: string) => openNow(text).replaceAll('"relay-8"', '"relay-8-timed"');
  const at = await siteUnderTest({ adapt: timed });
  await standsOpen(at);
  at.locks.length = 0;
  await at.run(100_000);
  expect(at.locks.length).toBeGreaterThanOrEqual(3);
  expect(moves(at)).toEqual([]);
  at.lines.get('locks')?.unplug();
  await at.run(minute + 5_000);
  expect(moves(at)).toEqual(['secured']);
});

test('a lock that was out of reach stands unlocked again when it is back', async () => {
  const at = await siteUnderTest({ adapt: openNow });
  await standsOpen(at);
  at.lines.get('locks')?.unplug();
  await at.run(10_000);
  expect(status(at)?.lock).toBe('unknown');
  at.lines.get('locks')?.plugIn();
  await standsOpen(at);
  expect(moves(at)).toEqual(['released']);
});

test('an operator’s mode outlives a power cut right after the answer, and its release gives the door to the timetable of then', async () => {
  const at = await siteUnderTest({ adapt: rules(['disabled', '10:01-11:00']) });
  await at.done(at.admin.doors.setMode(front(at), 'unlocked', null, operator));
  await at.restart('power cut');
  await standsOpen(at);
  await at.run(minute);
  expect(status(at)?.mode).toMatchObject({ now: 'unlocked', timetable: 'disabled' });
  await at.done(at.admin.doors.setMode(front(at), null, null, operator));
  await at.until('the lock is secured', () => status(at)?.lock === 'secured');
  expect(status(at)?.mode).toMatchObject({ now: 'disabled', override: null });
  const past = at.admin.doors.setMode(front(at), 'unlocked', at.clock.wall() - 1, operator);
  await expect(at.done(past)).rejects.toMatchObject({ code: 'invalid_input' });
});

test('a door that stands unlocked is locked while its partition is armed at the keypad, and open again when that is disarmed', async () => {
  const restricted = (text: string) =>
    openNow(text).replace('[doors.front]\n', '[doors.front]\nrestricted_by = "house"\n');
  const at = await siteUnderTest({ adapt: restricted });
  await standsOpen(at);
  moves(at);
  at.devices.panel().arm('house', true);
  await at.until('it is locked', () => status(at)?.lock === 'secured');
  await at.run(5 * minute);
  expect(moves(at)).toEqual(['secured']);
  expect(status(at)?.mode).toMatchObject({ now: 'normal', timetable: 'unlocked', waits_for: 'disarm' });
  at.devices.panel().arm('house', false);
  await standsOpen(at);
  expect(moves(at)).toEqual(['released']);
  expect((await told(at, 'door.mode_changed')).slice(-2)).toMatchObject([
    { mode: 'normal', by: 'partition' },
    { mode: 'unlocked', by: 'partition' },
  ]);
});
