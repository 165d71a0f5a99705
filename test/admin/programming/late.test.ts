import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doors, person, pin, way, write } from '../resources.ts';
import { ids, type ProgrammedSite, programmedSite } from './programmed-site.ts';

/** `confirmation.late`: before the start of a code that its device could not take, and when a change has waited for long. */
const minute = 60_000;
const house = { partition: 'house' } as const;
const at = (t: ProgrammedSite, ms: number): string => new Date(t.clock.wall() + ms).toISOString();

/** A site whose devices have been looked at. */
async function readySite(...options: Parameters<typeof programmedSite>) {
  const t = await programmedSite(...options);
  await t.pass(2_000);
  return t;
}

/** Somebody whose code is to be in a device in so many milliseconds. */
async function coming(
  t: ProgrammedSite,
  digits: string,
  ms: number,
  target: typeof house | { door_id: string } = house,
) {
  const { object: user } = await t.admin.users.create(person(), write());
  await t.admin.credentials.create(pin(user.id, digits), write());
  const { object } = await t.admin.access.create(way(user.id, target, { valid_from: at(t, ms) }), write());
  return object;
}

/** What was told so far. */
const told = async (t: ProgrammedSite) =>
  (await t.store.feed(0, 10_000))
    .filter(({ type }) => type === 'confirmation.late')
    .map(({ time, data }) => ({
      minute: Math.floor((Date.parse(time) - started) / minute),
      ahead: data['ahead'],
      waits_for: data['waits_for'],
      due_at: data['due_at'],
      state: data['state'],
      reason: data['reason'],
    }));
let started = 0;

describe('before its start', () => {
  test('a code whose partition is armed is told once, a quarter of an hour ahead and a minute; and once more five minutes after it', async () => {
    const t = await readySite();
    started = t.clock.wall();
    const due_at = at(t, 60 * minute);
    t.arm('house', 'armed');
    await coming(t, '0123', 60 * minute);
    await t.pass(44 * minute);
    expect(await told(t)).toEqual([]);
    await t.pass(15 * minute);
    const ahead = { ahead: true, waits_for: 'panel_armed', due_at, state: 'pending', reason: 'not_yet_due' };
    expect(await told(t)).toEqual([{ ...ahead, minute: 46 }]);
    const shown = () => t.admin.confirmations.get(t.row(ids.panel).id);
    expect(shown()).toMatchObject({ reason: 'not_yet_due', late: true, next_attempt_at: due_at });
    await t.pass(5 * minute);
    expect(await told(t)).toHaveLength(1);
    await t.pass(10 * minute);
    expect((await told(t)).slice(1)).toEqual([
      { minute: 65, ahead: false, waits_for: 'panel_armed', due_at, state: 'pending', reason: 'panel_armed' },
    ]);
    t.arm('house', 'disarmed');
    await t.pass(minute);
    expect([...t.panel.codes.values()]).toEqual(['0123']);
    expect(shown()).toMatchObject({ state: 'confirmed', late: false });
  });

  test.each([
    ['device_offline', (t: ProgrammedSite) => t.panel.become('offline')],
    ['device_asleep', (t: ProgrammedSite) => t.panel.become('asleep')],
    ['panel_armed', (t: ProgrammedSite) => t.arm('house', 'unknown')],
    [
      'holder_misconfigured',
      (t: ProgrammedSite) => t.panel.report({ type: 'misconfigured', detail: 'enable commands' }),
    ],
  ])('what stands against it is named: %s', async (waits_for, trouble) => {
    const t = await readySite();
    await coming(t, '0123', 60 * minute);
    trouble(t);
    await t.pass(50 * minute);
    expect(await told(t)).toMatchObject([{ ahead: true, waits_for }]);
  });

  test('nothing is told of a code that its device can take, and it is there within a second of its start', async () => {
    const t = await readySite();
    t.arm('yard', 'armed');
    t.lock.become('offline');
    await coming(t, '0123', 60 * minute);
    await t.pass(60 * minute);
    expect(t.panel.codes.size).toBe(0);
    await t.pass(1_000);
    expect([...t.panel.codes.values()]).toEqual(['0123']);
    await t.pass(60 * minute);
    expect(await told(t)).toEqual([]);
  });

  test('what passes within a minute is not told, what comes up later is', async () => {
    const t = await readySite();
    started = t.clock.wall();
    await coming(t, '0123', 60 * minute);
    await t.pass(46 * minute);
    for (let i = 0; i < 4; i++) {
      t.panel.become('offline');
      await t.pass(50_000);
      t.panel.become('online');
      await t.pass(10_000);
    }
    expect(await told(t)).toEqual([]);
    t.panel.become('offline');
    await t.pass(2 * minute);
    expect(await told(t)).toMatchObject([{ minute: 51, ahead: true, waits_for: 'device_offline' }]);
  });

  test('a full device: of those that come at once as many as find no slot; one that is left by then counts as free', async () => {
    const t = await readySite({ panel: { capacity: 2 } });
    const { object: user } = await t.admin.users.create(person(), write());
    await t.admin.credentials.create(pin(user.id, '1111'), write());
    await t.admin.access.create(way(user.id, house, { valid_until: at(t, 60 * minute) }), write());
    await t.pass(minute);
    const start = t.clock.wall() + 59 * minute;
    for (const digits of ['2222', '3333', '4444']) {
      await coming(t, digits, start - t.clock.wall());
      await t.pass(1_000);
    }
    await t.pass(55 * minute);
    expect(await told(t)).toMatchObject([{ ahead: true, waits_for: 'slots_full' }]);
    await t.pass(10 * minute);
    expect([...t.panel.codes.values()].sort()).toEqual(['2222', '3333']);
  });

  test('put off, it is told for its new start; restarts tell nothing again, and start nobody’s minute from where it was', async () => {
    const t = await readySite();
    started = t.clock.wall();
    t.arm('house', 'armed');
    const access = await coming(t, '0123', 60 * minute);
    await t.pass(50 * minute);
    expect(await told(t)).toHaveLength(1);
    await t.restartAdmin();
    await t.pass(2 * minute);
    await t.restartBoth();
    await t.pass(2 * minute);
    expect(await told(t)).toHaveLength(1);
    await t.admin.access.update(access.id, { valid_from: at(t, 60 * minute) }, write());
    await t.pass(50 * minute);
    expect(await told(t)).toMatchObject([{ minute: 46 }, { minute: 100, ahead: true }]);
  });

  test('one that is cancelled by then is not told', async () => {
    const t = await readySite();
    t.arm('house', 'armed');
    const access = await coming(t, '0123', 60 * minute);
    await t.pass(40 * minute);
    await t.admin.access.remove(access.id, write());
    await t.pass(40 * minute);
    expect(await told(t)).toEqual([]);
  });

  test('a clock put back takes the start away again, and nothing is told before it is near', async () => {
    const t = await readySite();
    t.arm('house', 'armed');
    await coming(t, '0123', 60 * minute);
    await t.pass(45 * minute + 30_000);
    t.clock.stepWall(-30 * minute);
    await t.pass(28 * minute);
    expect(await told(t)).toEqual([]);
    await t.pass(4 * minute);
    expect(await told(t)).toMatchObject([{ ahead: true }]);
  });

  test('what its device can never hold fails when it is asked for, not when it should be there', async () => {
    const t = await readySite();
    await coming(t, '012345678', 60 * minute);
    await t.pass(1_000);
    expect(t.row(ids.panel)).toMatchObject({ state: 'failed', reason: 'unsupported_length', attempt: 0 });
    await t.pass(70 * minute);
    expect(await t.feed()).not.toContain('confirmation.late');
    expect((await t.feed()).filter((type) => type === 'confirmation.failed')).toHaveLength(1);
  });
});

test('a removal that waits for five minutes is told once', async () => {
  const t = await readySite();
  const access = await coming(t, '0123', -minute, { door_id: doors.front });
  await t.pass(minute);
  t.lock.become('asleep');
  await t.admin.access.remove(access.id, write());
  started = t.clock.wall();
  await t.pass(60 * minute);
  expect(await told(t)).toMatchObject([
    { minute: 5, ahead: false, waits_for: 'device_asleep', state: 'removing' },
  ]);
});

const deed = fc.oneof(
  fc.record({
    do: fc.constant('arm' as const),
    state: fc.constantFrom('armed' as const, 'disarmed' as const),
  }),
  fc.record({
    do: fc.constant('be' as const),
    state: fc.constantFrom('online' as const, 'offline' as const),
  }),
  fc.record({ do: fc.constant('restart' as const), both: fc.boolean() }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1_000, max: 8 * minute }) }),
);

test('whatever comes and goes: at most once before the start and once after it, each in its time; always, if all the while it could not', async () => {
  let ahead = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 4, maxLength: 30 }), async (deeds) => {
      const t = await readySite();
      const due = t.clock.wall() + 20 * minute;
      await coming(t, '0123', 20 * minute);
      /** Since when something has stood against it, without a pause. */
      let since: number | null = null;
      let is = { armed: false, offline: false };
      let always = false;
      for (const one of deeds) {
        if (one.do === 'arm') t.arm('house', one.state);
        if (one.do === 'arm') is = { ...is, armed: one.state === 'armed' };
        if (one.do === 'be') t.panel.become(one.state);
        if (one.do === 'be') is = { ...is, offline: one.state === 'offline' };
        if (one.do === 'restart') await (one.both ? t.restartBoth() : t.restartAdmin());
        // The device tells anew how it is.
        if (one.do === 'restart') t.panel.become(is.offline ? 'offline' : 'online');
        // Who starts anew knows of no earlier minute.
        const stands = is.armed || is.offline;
        since = stands ? (one.do === 'restart' ? t.clock.wall() : (since ?? t.clock.wall())) : null;
        if (one.do === 'pass') await t.pass(one.ms);
        // Looked at each minute at least.
        const from = Math.max(since ?? Number.POSITIVE_INFINITY, due - 15 * minute);
        if (Math.min(t.clock.wall(), due) - from > 2 * minute + 1_000) always = true;
      }
      const late = (await t.store.feed(0, 10_000)).filter(({ type }) => type === 'confirmation.late');
      const before = late.filter(({ data }) => data['ahead'] === true);
      const after = late.filter(({ data }) => data['ahead'] === false);
      ahead += before.length;
      expect(before.length).toBeLessThanOrEqual(1);
      expect(after.length).toBeLessThanOrEqual(1);
      if (always) expect(before).toHaveLength(1);
      for (const { time } of before) {
        expect(Date.parse(time)).toBeGreaterThanOrEqual(due - 14 * minute);
        expect(Date.parse(time)).toBeLessThan(due);
      }
      for (const { time } of after) expect(Date.parse(time)).toBeGreaterThanOrEqual(due + 5 * minute);
      t.admin.end();
    }),
    { numRuns: 150 },
  );
  expect(ahead).toBeGreaterThan(20);
}, 60_000);
