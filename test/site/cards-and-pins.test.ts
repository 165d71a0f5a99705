import { beforeEach, describe, expect, test } from 'vitest';
import { type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** The main job, both halves and the devices' real bytes, by the clock of the test. */
let at: SiteUnderTest;
let ada: string;
beforeEach(async () => {
  at = await siteUnderTest();
  ({ user: ada } = await at.person('Lovelace', [
    { kind: 'card', value: '12:3456' },
    { kind: 'pin', value: '0493' },
  ]));
});
const happened = async (type: string) => (await at.feed()).filter((entry) => entry.type === type);
const released = (lock: string) => at.locks.filter((deed) => deed.lock === lock && deed.state === 'released');

describe('cards', () => {
  test('a known card releases its lock for the strike time, and the feed says who', async () => {
    at.devices.reader('front').present({ facility: 12, number: 3456 });
    await at.run(2_000);
    const [granted, ...more] = await happened('access.granted');
    expect(granted?.data).toMatchObject({ user_id: ada, reason: 'granted' });
    expect(more).toEqual([]);
    const moves = at.locks.filter((deed) => deed.event === 'lock_moved');
    expect(moves.map(({ lock, state }) => `${lock} ${state}`)).toEqual(['front released', 'front secured']);
    const struck = (moves[1]?.at ?? 0) - (moves[0]?.at ?? 0);
    expect(struck).toBeGreaterThanOrEqual(800);
    expect(struck).toBeLessThan(900);
  });

  test('an unknown card releases nothing, and is told once', async () => {
    at.devices.reader('front').present({ facility: 12, number: 3457 });
    await at.run(2_000);
    expect((await happened('access.refused')).map(({ data }) => data['reason'])).toEqual([
      'unknown_credential',
    ]);
    expect(released('front')).toEqual([]);
  });
});

describe('PINs', () => {
  test('typed slowly, within the pause that forgets, it opens', async () => {
    for (const key of '0493#') {
      at.devices.reader('front').type(key);
      await at.run(900);
    }
    expect(await happened('access.granted')).toHaveLength(1);
    expect(released('front').length).toBeGreaterThan(0);
  });

  test('with a pause that forgets in the middle, neither half opens', async () => {
    at.devices.reader('front').type('04');
    await at.run(1_500);
    at.devices.reader('front').type('93#');
    await at.run(1_500);
    expect(await happened('access.granted')).toEqual([]);
    expect(released('front')).toEqual([]);
  });

  test('* forgets what stands before it', async () => {
    at.devices.reader('front').type('77*0493#');
    await at.run(1_500);
    expect((await happened('access.granted')).map(({ data }) => data['user_id'])).toEqual([ada]);
    expect(await happened('access.refused')).toEqual([]);
  });

  test('two people typing at two readers do not mix', async () => {
    for (const [front, back] of [
      ['0', '9'],
      ['4', '9'],
      ['9', '9'],
      ['3', '9'],
      ['#', '#'],
    ] as const) {
      at.devices.reader('front').type(front);
      at.devices.reader('back').type(back);
      await at.run(200);
    }
    await at.run(1_000);
    expect((await happened('access.granted')).map(({ data }) => data['user_id'])).toEqual([ada]);
    expect((await happened('access.refused')).map(({ data }) => data['reason'])).toEqual(['wrong_pin']);
    expect(released('back')).toEqual([]);
  });
});

describe('a partition that restricts a door', () => {
  test('armed, it refuses there and nowhere else; disarmed, it refuses no more', async () => {
    at.devices.panel().arm('house', true);
    await at.run(2_000);
    at.devices.reader('back').present({ facility: 12, number: 3456 });
    at.devices.reader('front').present({ facility: 12, number: 3456 });
    await at.run(2_000);
    expect((await happened('access.refused')).map(({ data }) => data['reason'])).toEqual([
      'restricted_while_armed',
    ]);
    expect(released('back')).toEqual([]);
    expect(released('front').length).toBeGreaterThan(0);
    at.devices.panel().arm('house', false);
    await at.run(5_000);
    at.devices.reader('back').present({ facility: 12, number: 3456 });
    await at.run(2_000);
    expect(released('back').length).toBeGreaterThan(0);
  });
});
