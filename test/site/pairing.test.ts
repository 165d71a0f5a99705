import { beforeEach, describe, expect, test } from 'vitest';
import { obeyLocally } from '../../src/door/local-order.ts';
import { type SecuredSite, securedSite } from './secured-site.ts';
import { operator } from './site-under-test.ts';

/** How a reader gets its key, and what becomes of it. */
let site: SecuredSite;
beforeEach(async () => {
  site = await securedSite();
  await site.at.run(3_000);
});

const reader = () => site.at.devices.reader('front');
const order = (what: object) =>
  site.at.done(
    obeyLocally(what, {
      site: site.at.site,
      version: '1',
      clock: site.at.clock,
      doors: site.at.composed.door.doors,
    }),
  );
const pair = (minutes = 5) => order({ do: 'pair', reader: 'front', minutes, as: 'ada' });
const told = async () => {
  await site.at.run(500);
  return site.happened('reader.pairing_opened', 'reader.paired', 'reader.pairing_failed');
};
const isPaired = () => site.at.until('the reader is paired', () => site.security() === 'paired');
async function opens(): Promise<void> {
  const before = site.released();
  await site.at.run(3_000);
  site.present();
  await site.at.run(3_000);
  expect(site.released()).toBe(before + 1);
}

test('a reader that is paired opens its door, and the feed says who paired it', async () => {
  await opens();
  expect(await told()).toEqual([
    { type: 'reader.pairing_opened', minutes: 5, operator: 'a test' },
    { type: 'reader.paired', operator: 'a test' },
  ]);
});

test('without an admin half a reader is paired and opens; who did it is told when there is one', async () => {
  site.at.killAdmin(false);
  site.at.devices.resetReader('front');
  await site.at.run(3_000);
  const before = reader().key();
  expect(await pair()).toMatchObject({ ok: true });
  await isPaired();
  expect(before).toBeNull();
  expect(reader().key()).toHaveLength(16);
  await opens();
  site.at.adminMayStart(true);
  await site.at.until('an admin half is at work', () => site.at.composed.admin() !== null, 60_000);
  await site.at.until('all is stored', () => site.at.admin.system().doors?.journal.pending === 0);
  expect((await told()).slice(2)).toEqual([
    { type: 'reader.pairing_opened', minutes: 5, operator: 'local:ada' },
    { type: 'reader.paired', operator: 'local:ada' },
  ]);
});

test('over the API it is the key of the API that is named', async () => {
  const [front] = site.at.site.readers;
  await site.at.done(site.at.admin.doors.pair(front?.id ?? '', 2, { ...operator, name: 'portal' }));
  await isPaired();
  expect((await told()).at(-1)).toEqual({ type: 'reader.paired', operator: 'portal' });
  await opens();
});

test('each pairing makes a new key, and the one before it is worth nothing any more', async () => {
  const old = reader().key();
  await pair();
  await isPaired();
  expect(reader().key()).not.toEqual(old);
  await opens();
  reader().setKey(old);
  site.present();
  await site.at.run(10_000);
  expect(site.released()).toBe(1);
});

describe('the window', () => {
  test('closes by itself, which is told, and then no key is sent', async () => {
    reader().fault('unplugged', true);
    expect(await pair(1)).toMatchObject({ ok: true });
    await site.at.run(59_000);
    expect(site.security()).toBe('pairing');
    await site.at.run(2_000);
    expect(site.security()).not.toBe('pairing');
    expect((await told()).at(-1)).toEqual({
      type: 'reader.pairing_failed',
      reason: 'nobody took a key in time',
      operator: 'local:ada',
    });
    reader().fault('unplugged', false);
    site.at.devices.resetReader('front');
    await site.at.run(30_000);
    expect(reader().key()).toBeNull();
  });

  test("is one reader's alone", async () => {
    reader().fault('unplugged', true);
    await pair(1);
    expect(await pair(1)).toMatchObject({ ok: false, code: 'pairing_open' });
    await site.at.run(61_000);
    expect(await pair(1)).toMatchObject({ ok: true });
  });

  test('that came to nothing leaves the reader its key', async () => {
    const old = reader().key();
    reader().fault('unplugged', true);
    await pair(1);
    await site.at.run(62_000);
    reader().fault('unplugged', false);
    expect(reader().key()).toEqual(old);
    await opens();
  });
});

describe('the key', () => {
  test.each(['in order', 'power cut'] as const)('outlives a restart (%s)', async (how) => {
    await site.at.restart(how);
    await opens();
    expect(await told()).toHaveLength(2);
  });

  test("that was sent when the power went is the reader's, and is tried first", async () => {
    site.at.devices.resetReader('front');
    await site.at.run(3_000);
    reader().fault('drop_reply', true);
    await pair();
    reader().fault('drop_reply', false);
    await site.at.until('the reader has taken it', () => reader().key() !== null);
    await site.at.restart('power cut');
    await isPaired();
    await opens();
  });

  test('that only the reader has kept can be replaced after a reset', async () => {
    reader().setKey(Uint8Array.from({ length: 16 }, (_, at) => (at * 37 + 5) & 0xff));
    await site.at.run(3_000);
    await pair(1);
    await site.at.run(10_000);
    expect(site.security()).toBe('pairing');
    site.at.devices.resetReader('front');
    await isPaired();
    await opens();
  });
});

test("another device in the reader's place is out until somebody accepts it, who is told of", async () => {
  reader().fault('other_capabilities', true);
  site.wire.unplug();
  await site.at.run(100);
  site.wire.plugIn();
  await site.at.run(2_000);
  site.present();
  await site.at.run(5_000);
  expect(site.released()).toBe(0);
  const { readers } = (await order({ do: 'list' })) as { readers: { name: string; security: string }[] };
  expect(readers.map(({ name, security }) => `${name} ${security}`)).toEqual([
    'front identity_changed',
    'back insecure',
  ]);
  expect(await order({ do: 'accept', reader: 'front', as: 'ada' })).toMatchObject({ ok: true });
  await isPaired();
  await site.at.run(500);
  expect(await site.happened('reader.identity_accepted')).toMatchObject([{ operator: 'local:ada' }]);
  await opens();
  // From now on it is this one.
  reader().fault('other_capabilities', false);
  await site.at.restart('in order', 'started');
  await site.at.until('the first device is the stranger now', () => site.security() === 'identity_changed');
});
