import { beforeEach, describe, expect, test } from 'vitest';
import { isWeak } from '../../src/door/reader-keys.ts';
import { parseFrame } from '../../src/reader/osdp/frame.ts';
import { readerFaults } from '../../src/sim/reader-fault.ts';
import { secretForms } from '../support/secret-forms.ts';
import { adasPin, type SecuredSite, securedSite } from './secured-site.ts';

/**
 * The known attacks on OSDP (docs/osdp-security.md), against the whole door: none opens it, and those in which somebody acts on the wire
 * are in the feed within a second.
 */
let site: SecuredSite;
beforeEach(async () => {
  site = await securedSite();
  await site.at.run(3_000);
});

const alarm = (what: string) =>
  site.at.until(
    `the feed tells of ${what}`,
    async () => (await site.happened('reader.security')).some((entry) => entry['what'] === what),
    1_000,
  );
const fault = (name: Parameters<ReturnType<typeof reader>['fault']>[0], on: boolean) =>
  reader().fault(name, on);
const reader = () => site.at.devices.reader('front');
/** A lost line, after which everything is begun anew. */
async function reconnected(): Promise<void> {
  site.wire.unplug();
  await site.at.run(100);
  site.wire.plugIn();
}
/** How often the reader was lost since it was paired. */
const lost = async () =>
  (await site.happened('reader.offline')).filter((entry) => !String(entry['reason']).startsWith('not paired'))
    .length;
/** Nobody came in, now or in the next half minute. */
async function shut(): Promise<void> {
  await site.at.run(30_000);
  expect(site.released()).toBe(0);
  expect(await site.happened('access.granted')).toEqual([]);
}
const worksAgain = async (): Promise<void> => {
  await site.at.run(15_000);
  site.present();
  await site.at.run(2_000);
  expect(site.released()).toBe(1);
};

test('1, listening: neither card nor PIN is on the wire', async () => {
  const heard = site.spoken.length;
  site.present();
  await site.at.run(2_000);
  reader().type(adasPin, 'whole');
  await site.at.run(2_000);
  const bytes = Buffer.concat([...site.spoken.slice(heard), ...site.wire.written]);
  expect(bytes.includes(adasPin)).toBe(false);
  // Facility 12, number 3456 as 26 bits.
  expect(bytes.includes(Buffer.from('0606c040', 'hex'))).toBe(false);
  expect(site.released()).toBe(1);
});

describe('2, downgrade: never in plain, whatever the reader is made to say', () => {
  test('capabilities without encryption', async () => {
    fault('other_capabilities', true);
    await reconnected();
    site.present();
    await alarm('identity_changed');
    expect(site.security()).toBe('identity_changed');
    await shut();
  });

  test('a refused handshake', async () => {
    fault('refuses_handshake', true);
    await reconnected();
    site.present();
    await alarm('handshake_refused');
    await shut();
    const inClear = site.wire.written.filter((bytes) => {
      const parsed = parseFrame(bytes.subarray(1));
      return parsed.type === 'frame' && parsed.frame.address === 0 && parsed.frame.security === null;
    });
    expect(inClear).toEqual([]);
  });
});

test('3, install mode: a reader that has lost its key is given none outside its window, and is told of', async () => {
  site.at.devices.resetReader('front');
  site.present();
  await alarm('install_mode');
  await shut();
  expect(reader().key()).toBeNull();
});

test('4, weak keys: each reader is given a random key of its own', async () => {
  const both = await securedSite(['front', 'back']);
  const keys = ['front', 'back'].map((name) => both.at.devices.reader(name).key() ?? new Uint8Array(16));
  expect(keys.map(isWeak)).toEqual([false, false]);
  expect(keys[0]).not.toEqual(keys[1]);
});

test('5, forced pairing anew: breaking the reader does not make anybody send a key', async () => {
  const keysSent = () =>
    site.wire.written.filter((bytes) => {
      const parsed = parseFrame(bytes.subarray(1));
      return parsed.type === 'frame' && parsed.frame.code === 0x75;
    }).length;
  const before = keysSent();
  expect(before).toBe(1);
  for (let time = 0; time < 3; time++) {
    site.at.devices.resetReader('front');
    await reconnected();
    await site.at.run(5_000);
  }
  expect(keysSent()).toBe(before);
  await shut();
});

test('6, a replayed RMAC_I in the middle of a session', async () => {
  fault('replayed_initial_mac', true);
  site.present();
  await alarm('unexpected_handshake');
  expect(site.released()).toBe(0);
});

describe('7, replay', () => {
  test('the recorded bytes of a card, in the place of a later answer', async () => {
    site.present();
    await site.at.until('the door is released', () => site.released() === 1);
    const recorded = site.spoken.find((bytes) => {
      const parsed = parseFrame(bytes.subarray(1));
      return parsed.type === 'frame' && parsed.frame.code === 0x50;
    });
    await site.at.run(3_000);
    site.cut(true);
    for (let i = 0; i < 60; i++) {
      site.wire.send(recorded ?? new Uint8Array(0));
      await site.at.run(5);
    }
    await alarm('mac_failure');
    await site.at.run(10_000);
    expect(site.released()).toBe(1);
    expect(await site.happened('access.granted')).toHaveLength(1);
  });

  test('an answer in plain in the place of the secured one', async () => {
    fault('plain_answer', true);
    site.present();
    await alarm('plain_answer');
    expect(site.released()).toBe(0);
  });
});

test('8, guessed MACs', async () => {
  fault('wrong_mac', true);
  site.present();
  await alarm('mac_failure');
  await shut();
  // An attack that lasts fills no journal.
  expect((await site.happened('reader.security')).length).toBeLessThan(3);
  expect(await lost()).toBe(1);
});

test('9, BUSY for ever: told, offline as soon as the standard calls it so, and back when it ends', async () => {
  fault('busy', true);
  await alarm('held_busy');
  await site.at.run(8_000);
  expect(await lost()).toBe(1);
  await shut();
  fault('busy', false);
  await worksAgain();
});

test('10, another device at the address: it has not the key', async () => {
  reader().setKey(Uint8Array.from({ length: 16 }, (_, at) => (at * 91 + 7) & 0xff));
  site.present();
  await alarm('wrong_key');
  await shut();
});

test('11, malformed frames: nothing comes of them, and the reader works on', async () => {
  for (let i = 0; i < 200; i++) {
    const bytes = Uint8Array.from({ length: 1 + ((i * 7) % 40) }, (_, at) => (i * 131 + at * 53) & 0xff);
    bytes.set([0xff, 0x53, 0x80].slice(0, bytes.length));
    site.wire.send(bytes);
    await site.at.run(7);
  }
  expect(site.released()).toBe(0);
  await worksAgain();
});

test('12, keys in logs and files: nowhere in clear', async () => {
  const key = Buffer.from(reader().key() ?? new Uint8Array(16));
  reader().setKey(Uint8Array.from({ length: 16 }, (_, at) => (at * 91 + 7) & 0xff));
  await site.at.run(5_000);
  reader().setKey(Uint8Array.from(key));
  await site.at.restart('in order');
  const files = await site.at.stored();
  expect([...files.keys()].some((name) => name.endsWith('reader-keys.sealed'))).toBe(true);
  const everything = Buffer.concat([
    ...files.values(),
    Buffer.from([...site.at.log, JSON.stringify(await site.at.feed())].join('\n')),
  ]);
  const forms = [key, ...secretForms(key.toString('hex')), ...secretForms(key.toString('base64'))];
  expect(forms.filter((form) => everything.includes(form))).toEqual([]);
});

describe('exactly one event per card through every fault of the wire', () => {
  /** After these a reader is told to start anew, and throws away what it could not deliver: at most one then. */
  const forgetful = ['nak_wrong_sequence', 'asks_restart'];
  test.each([
    ['over a secure channel', 'front'],
    ['in plain', 'back'],
  ] as const)('%s', async (_, name) => {
    const { at } = site;
    for (const what of readerFaults.filter((one) => one !== 'wants_secure_channel')) {
      const before = (await site.happened('access.granted', 'access.refused')).length;
      at.devices.reader(name).fault(what, true);
      at.devices.reader(name).present({ facility: 12, number: 3456 });
      await at.run(2_500);
      at.devices.reader(name).fault(what, false);
      await at.run(6_000);
      const told = (await site.happened('access.granted', 'access.refused')).slice(before);
      if (forgetful.includes(what)) expect(told.length, what).toBeLessThanOrEqual(1);
      else expect(told, what).toHaveLength(1);
    }
  });
});
