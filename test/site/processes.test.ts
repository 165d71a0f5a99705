import { beforeEach, describe, expect, test } from 'vitest';
import { linkWindow } from '../../src/link/link.ts';
import { plainly, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** What becomes of the doors, the events and the promises when a half of the site dies, hangs, or starts again. */
let at: SiteUnderTest;
let ada: string;
beforeEach(async () => {
  at = await siteUnderTest();
  ({ user: ada } = await at.person('Lovelace', [{ kind: 'card', value: '12:3456' }]));
});

const adasCard = { facility: 12, number: 3456 };
const written = (lock: string) =>
  at.locks.filter((deed) => deed.event === 'lock_written' && deed.lock === lock);
const releases = (lock: string) =>
  at.locks.filter((deed) => deed.event === 'lock_moved' && deed.lock === lock && deed.state === 'released')
    .length;
const happened = async (...types: string[]) => (await at.feed()).filter(({ type }) => types.includes(type));

describe('without an admin half', () => {
  test.each([2, 15])(
    'for %d minutes, doors open as ever; every event arrives afterwards, once and in order',
    async (minutes) => {
      at.killAdmin(false);
      const cards = 12;
      const reasons: string[] = [];
      for (let i = 0; i < cards; i++) {
        const known = i % 3 !== 0;
        at.devices.reader('front').present({ facility: 12, number: known ? 3456 : 100 + i });
        reasons.push(known ? 'granted' : 'unknown_credential');
        await at.run((minutes * 60_000) / cards);
      }
      expect(releases('front')).toBe(reasons.filter((reason) => reason === 'granted').length);
      at.adminMayStart(true);
      await at.until('an admin half is at work', () => at.composed.admin() !== null, 301_000);
      await at.until('all is stored', () => at.admin.system().doors?.journal.pending === 0);
      const told = await happened('access.granted', 'access.refused');
      expect(told.map(({ data }) => data['reason'])).toEqual(reasons);
      const times = told.map(({ time }) => Date.parse(time));
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(new Set((await at.feed()).map(({ seq }) => seq)).size).toBe((await at.feed()).length);
    },
  );

  test('a code with one use left opens once, and not again after a restart either', async () => {
    await at.person('Once', [{ kind: 'card', value: '12:77', uses_left: 1 }]);
    at.killAdmin(false);
    for (let i = 0; i < 2; i++) {
      at.devices.reader('front').present({ facility: 12, number: 77 });
      await at.run(3_000);
    }
    expect(releases('front')).toBe(1);
    await at.restart('power cut');
    at.devices.reader('front').present({ facility: 12, number: 77 });
    await at.run(3_000);
    expect(releases('front')).toBe(1);
    at.adminMayStart(true);
    await at.until(
      'an admin half is at work',
      () => at.composed.admin()?.system().doors_in_sync === true,
      60_000,
    );
    at.devices.reader('front').present({ facility: 12, number: 77 });
    await at.run(3_000);
    expect(releases('front')).toBe(1);
    const told = await happened('access.granted', 'access.refused');
    expect(told.map(({ data }) => data['reason'])).toEqual([
      'granted',
      ...Array.from({ length: 3 }, () => 'no_uses_left'),
    ]);
  });
});

describe('a stopped admin half', () => {
  test('costs the doors a bounded number of messages, and is ended and started again', async () => {
    const before = at.lives;
    at.stopAdmin();
    let most = 0;
    let shown = 0;
    for (let i = 0; i < 60 && at.lives === before; i++) {
      at.devices.reader('front').present(adasCard);
      shown += 1;
      at.devices.door('back').pressExit();
      await at.run(500);
      most = Math.max(most, at.waitingForAdmin());
    }
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(linkWindow);
    await at.until('a new one is at work', () => at.lives > before && at.composed.admin() !== null, 60_000);
    await at.until('all is stored', () => at.admin.system().doors?.journal.pending === 0);
    const [restarted] = await happened('admin.restarted');
    expect(restarted?.data['why']).toMatch(/no answer/);
    expect(await happened('access.granted')).toHaveLength(shown);
  });

  test('that goes on in time is not ended, and has lost nothing', async () => {
    at.stopAdmin();
    for (let i = 0; i < 10; i++) {
      at.devices.reader('front').present(adasCard);
      await at.run(1_000);
    }
    at.continueAdmin();
    await at.run(5_000);
    expect(at.lives).toBe(1);
    expect(await happened('access.granted')).toHaveLength(10);
  });
});

describe('a revocation', () => {
  test('while a whole table is on its way is in force before that table is', async () => {
    // The doors start from the sealed table; the newest one is much bigger, and has to be pulled in parts.
    await at.run(40_000);
    const guests = Array.from({ length: 4_000 }, (_, i) => ({
      external_id: `guest ${i}`,
      kind: 'member' as const,
      first_name: '',
      last_name: `Guest ${i}`,
      email: null,
      mobile: null,
      department: null,
      language: null,
      valid_from: null,
      valid_until: null,
      suspended: false,
      credentials: [],
      access: [],
    }));
    const { counts } = await at.done(at.admin.imports.run(guests, 'merge', plainly));
    expect(counts.added).toBe(guests.length);
    await at.restart('power cut', 'started');
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (; at.composed.admin() === null; await turn()) at.clock.advance(1);
    const removal = at.admin.users.remove(ada, plainly);
    let answered: boolean | null | undefined;
    removal.then(({ applied }) => {
      answered = applied;
    }, String);
    while (answered === undefined) await turn();
    expect(answered).toBe(true);
    expect(at.admin.system().doors_in_sync).toBe(false);
    expect(at.composed.door.doors.status().table.users).toBeLessThan(10);
    at.devices.reader('front').present(adasCard);
    await at.until('the newest table is in force', () => at.admin.system().doors_in_sync);
    expect(at.composed.door.doors.status().table.users).toBe(4_000);
    at.devices.reader('back').present(adasCard);
    await at.run(10_000);
    expect(releases('front') + releases('back')).toBe(0);
    const told = await happened('access.granted', 'access.refused');
    expect(told.map(({ data }) => data['reason'])).not.toContain('granted');
  });

  test('stays in force when the admin half dies right after its answer', async () => {
    expect(await at.done(at.admin.users.remove(ada, plainly))).toMatchObject({ applied: true });
    at.killAdmin();
    at.devices.reader('front').present(adasCard);
    await at.run(10_000);
    expect(releases('front')).toBe(0);
  });
});

describe('a restart with the same site file', () => {
  test('after a power cut writes no relay, and nobody loses access, with or without an admin half', async () => {
    await at.run(40_000);
    at.locks.length = 0;
    at.adminMayStart(false);
    await at.restart('power cut');
    await at.run(5_000);
    expect(at.locks).toEqual([]);
    at.devices.reader('front').present(adasCard);
    await at.run(3_000);
    expect(releases('front')).toBe(1);
  });

  test('in order leaves each door as its on_shutdown says, and then writes only what differs', async () => {
    await at.restart('in order');
    await at.run(3_000);
    // Front stays locked, back stands unlocked while nobody controls it.
    expect(written('front')).toEqual([]);
    expect(written('back').map(({ state }) => state)).toEqual(['released', 'secured']);
    at.devices.reader('back').present(adasCard);
    await at.run(3_000);
    expect(releases('back')).toBe(2);
  });
});

describe('a clock that steps', () => {
  test('by minutes, hours or years, either way, opens no door and refuses nobody who may come in', async () => {
    const [minute, hour, year] = [60_000, 3_600_000, 365 * 86_400_000];
    for (const step of [minute, -minute, hour, -hour, year, -year, -year, 2 * year]) {
      at.clock.stepWall(step);
      await at.run(5_000);
    }
    expect(at.locks).toEqual([]);
    at.devices.reader('front').present(adasCard);
    await at.run(3_000);
    expect(releases('front')).toBe(1);
    expect(written('back')).toEqual([]);
  });

  test('in the middle of a strike changes nothing of its length', async () => {
    for (const step of [-86_400_000, 86_400_000]) {
      at.locks.length = 0;
      at.devices.reader('front').present(adasCard);
      await at.until('the lock is released', () => releases('front') === 1);
      at.clock.stepWall(step);
      await at.run(3_000);
      const moves = at.locks.filter(({ event }) => event === 'lock_moved');
      expect(moves.map(({ state }) => state)).toEqual(['released', 'secured']);
      expect((moves[1]?.at ?? 0) - (moves[0]?.at ?? 0)).toBeLessThan(900);
    }
  });
});
