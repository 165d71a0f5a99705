import { beforeEach, describe, expect, test } from 'vitest';
import type { DoorEvent } from '../../src/core/event.ts';
import type { ReaderSecrets } from '../../src/core/reader.ts';
import type { DoorProcess } from '../../src/door/door-process.ts';
import { obeyLocally } from '../../src/door/local-order.ts';
import { type Pairing, pairing } from '../../src/door/pairing.ts';
import type { ReaderKeyStore } from '../../src/door/reader-keys.ts';
import { twoDoors } from '../support/door-site.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** Windows and keys without a bus: what is on the disk before what is sent, and who is told what. */
const [front, back] = twoDoors.readers.map((reader) => ({ ...reader, secure: reader.name === 'front' }));
if (front === undefined || back === undefined) throw new Error('the site has two readers');
const site = { readers: [front, back] };
let clock: ReturnType<typeof virtualClock>;
let disk: 'works' | 'is full';
let deeds: string[];
let events: DoorEvent[];
let failures: unknown[];
let secrets: ReaderSecrets;
let desk: Pairing;

const keys: ReaderKeyStore = {
  of: () => secrets,
  propose: () => write('propose'),
  settle: () => write('settle'),
  discard: () => write('discard'),
  pin: (_, identity) => write(`pin ${identity}`),
};
async function write(what: string): Promise<void> {
  if (disk === 'is full') throw new Error('ENOSPC');
  deeds.push(what);
}
const deskWith = (store: ReaderKeyStore | null): Pairing =>
  pairing({
    site,
    readerBuses: new Map([
      [
        'readers',
        {
          health: () => ({
            ...{ online: true, secure: true, identity: 'vendor 1', recent: null },
            ...{ exchanges: 0, timeouts: 0, damaged: 0 },
          }),
          pairing: {
            open: (reader, ms) => void deeds.push(`open ${reader} ${ms}`),
            changed: (reader) => void deeds.push(`changed ${reader}`),
          },
        },
      ],
    ]),
    readerKeys: store,
    clock,
    journal: { append: (event) => void events.push(event as DoorEvent) },
    changed() {},
    keysFailed: (error) => void failures.push(error),
  });
const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  clock = virtualClock();
  disk = 'works';
  deeds = [];
  events = [];
  failures = [];
  secrets = { current: null, pending: null, identity: null };
  desk = deskWith(keys);
});

test("the key is on the disk before the bus may send it, and only a session under it makes it the reader's", async () => {
  expect(desk.channel(front)).toEqual({ security: 'not_paired', pairing_until: null });
  const until = clock.wall() + 300_000;
  expect(await desk.open(front.id, 5, 'portal')).toEqual({ ok: true, pairing_until: until });
  expect(deeds).toEqual(['propose', 'open front 300000']);
  expect(desk.channel(front)).toEqual({ security: 'pairing', pairing_until: until });
  desk.heard(front, { type: 'paired' });
  expect(desk.channel(front).security).toBe('pairing');
  await settled();
  expect(deeds.at(-1)).toBe('settle');
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ['reader.pairing_opened', { minutes: 5, operator: 'portal' }],
    ['reader.paired', { operator: 'portal' }],
  ]);
});

test('a key that was never sent is thrown away; one that may have been taken is kept', async () => {
  desk.heard(front, { type: 'pairing_failed', reason: 'no', key_sent: false });
  desk.heard(front, { type: 'pairing_failed', reason: 'perhaps', key_sent: true });
  await settled();
  expect(deeds).toEqual(['discard']);
  expect(desk.failure('front')).toBe('perhaps');
});

test('a window that is open when the process ends is told to have come to nothing', async () => {
  desk.stop();
  await desk.open(front.id, 5, 'portal');
  desk.stop();
  desk.stop();
  expect(events.map(({ type, data }) => [type, data]).slice(1)).toEqual([
    ['reader.pairing_failed', { reason: 'Postern was stopped', operator: 'portal' }],
  ]);
});

describe('a disk that takes nothing', () => {
  test('means no window and no key, and the next try is free', async () => {
    disk = 'is full';
    expect(await desk.open(front.id, 5, 'portal')).toMatchObject({ ok: false, code: 'reader_keys_unusable' });
    expect([deeds, events]).toEqual([[], []]);
    expect(failures).toHaveLength(1);
    disk = 'works';
    expect(await desk.open(front.id, 5, 'portal')).toMatchObject({ ok: true });
  });

  test('when the reader has its key closes the window, and says nothing of a pairing', async () => {
    await desk.open(front.id, 5, 'portal');
    disk = 'is full';
    desk.heard(front, { type: 'paired' });
    await settled();
    expect(desk.channel(front).security).toBe('not_paired');
    expect(failures).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual(['reader.pairing_opened']);
  });
});

test('without a usable file of keys nobody is paired or accepted', async () => {
  desk = deskWith(null);
  for (const answer of [await desk.open(front.id, 5, 'x'), await desk.accept(front.id, 'x')]) {
    expect(answer).toMatchObject({ ok: false, code: 'reader_keys_unusable' });
  }
  expect(desk.channel(front).security).toBe('not_paired');
});

test('who the reader is, is kept; another device is a stranger until it is accepted or the first one is back', async () => {
  secrets = { current: new Uint8Array(16), pending: null, identity: 'one' };
  desk.heard(front, { type: 'identified', identity: 'one' });
  desk.heard(front, { type: 'security', what: 'identity_changed' });
  expect(desk.channel(front).security).toBe('identity_changed');
  desk.heard(front, { type: 'online', secure: true });
  expect(desk.channel(front).security).toBe('paired');
  desk.heard(front, { type: 'security', what: 'identity_changed' });
  expect(await desk.accept(front.id, 'portal')).toEqual({ ok: true });
  expect(deeds).toEqual(['pin one', 'pin null', 'changed front']);
  expect(events.at(-1)).toMatchObject({
    type: 'reader.identity_accepted',
    data: { identity: 'vendor 1', operator: 'portal' },
  });
});

describe('an order of somebody on this computer', () => {
  const order = (what: unknown) =>
    obeyLocally(what, {
      site: { ...twoDoors, ...site },
      version: '1',
      clock,
      doors: {
        pairing: desk,
        outputs: {
          async order(id, output, how, operator) {
            deeds.push(`output ${id === front.id} ${output} ${JSON.stringify(how)} ${operator}`);
            return { ok: true, state: 'on', fault: null };
          },
        },
        status: () => ({ readers: [] }) as unknown as ReturnType<DoorProcess['status']>,
      },
    });

  test('names the reader, and its caller is told of', async () => {
    const answer = await order({ do: 'pair', reader: 'front', minutes: 1, as: 'ada' });
    expect(answer).toEqual({ ok: true, pairing_until: new Date(clock.wall() + 60_000).toISOString() });
    expect(events.at(-1)?.data).toMatchObject({ operator: 'local:ada' });
  });

  test('switches an output, by name and for a time', async () => {
    const siren = { do: 'output', reader: 'front', output: 'siren', as: 'ada' };
    expect(await order({ ...siren, on: true, ms: 5_000 })).toEqual({ ok: true, state: 'on', fault: null });
    await order({ ...siren, on: false });
    expect(deeds).toEqual([
      'output true siren {"on":true,"ms":5000} local:ada',
      'output true siren {"on":false} local:ada',
    ]);
  });

  test.each([
    [{ do: 'output', reader: 'front', on: true, ms: 5_000, as: 'ada' }, 'invalid_input', /name of an output/],
    [{ do: 'output', reader: 'front', output: 'siren', as: 'ada' }, 'invalid_input', /true or false/],
    [
      { do: 'output', reader: 'front', output: 'siren', on: false, ms: 5, as: 'ada' },
      'invalid_input',
      /only with true/,
    ],
    [
      { do: 'output', reader: 'front', output: 'siren', on: true, as: 'ada' },
      'invalid_input',
      /1000 to 300000/,
    ],
    [
      { do: 'output', reader: 'front', output: 'siren', on: true, ms: 300_001, as: 'ada' },
      'invalid_input',
      /1000 to 300000/,
    ],
    [{ do: 'pair', reader: 'back', minutes: 5, as: 'ada' }, 'reader_in_plain', /secure = false/],
    [{ do: 'pair', reader: 'yard', minutes: 5, as: 'ada' }, 'not_found', /front, back/],
    [{ do: 'pair', reader: 'front', minutes: 61, as: 'ada' }, 'invalid_input', /1 to 60/],
    [{ do: 'pair', reader: 'front', minutes: 0.5, as: 'ada' }, 'invalid_input', /1 to 60/],
    [{ do: 'pair', reader: 'front', as: 'ada' }, 'invalid_input', /1 to 60/],
    [{ do: 'pair', reader: 'front', minutes: 5, as: 'a b\n' }, 'invalid_input', /who asks/],
    [{ do: 'pair', reader: 'front', minutes: 5 }, 'invalid_input', /who asks/],
    [{ do: 'pair', reader: 'front', minutes: 5, as: 'ada', key: '00' }, 'invalid_input', /nothing else/],
    [{ do: 'accept', reader: 'front', as: 'ada' }, 'not_waiting', /nothing to accept/],
    [{ do: 'unlock' }, 'invalid_input', /"list", "pair", "accept" or "output"/],
    [null, 'invalid_input', /one JSON object/],
  ])('%j is refused with what would be right', async (what, code, says) => {
    const answer = await order(what);
    expect(answer).toMatchObject({ ok: false, code });
    expect(answer.ok ? '' : answer.detail).toMatch(says);
    expect(events).toEqual([]);
  });
});
