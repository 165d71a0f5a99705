import { beforeEach, describe, expect, test } from 'vitest';
import type { Holder, SlotOutcome, SlotReading } from '../../src/core/holder.ts';
import type { SlotResult } from '../../src/core/slot-result.ts';
import { type Programmer, programmer } from '../../src/door/programmer.ts';
import type { Order } from '../../src/link/message.ts';
import { plainKey } from '../support/door-site.ts';
import { type FakeHolder, fakeHolder } from '../support/fake-holder.ts';
import { settled } from '../support/memory-disk.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

let clock: VirtualClock;
let panel: FakeHolder;
let armed: boolean;
let ended: { order_id: string; result: SlotResult }[];
let faults: string[];
let work: Programmer;

const begin = (device: Holder): Programmer =>
  programmer({
    devices: new Map([['panel', device]]),
    mayWrite: () => !armed,
    lookupKey: plainKey,
    ended: ({ order_id }, result) => void ended.push({ order_id, result }),
    failed: (error) => void faults.push(String(error)),
  });

beforeEach(() => {
  clock = virtualClock();
  panel = fakeHolder(clock);
  armed = false;
  ended = [];
  faults = [];
  work = begin(panel);
});

const order = (order_id: string, op: Order['op'], slot: number, pin: string | null = null): Order => ({
  order_id,
  holder_id: 'panel',
  slot,
  credential_id: 'credential',
  revision: 1,
  op,
  partitions: [],
  touches: [],
  secret: pin === null ? null : new TextEncoder().encode(pin),
});

/** As long as the device takes for one thing. */
async function step(): Promise<void> {
  clock.advance(10);
  await settled();
}

/** A device that fails in every way a driver can: by a promise that is rejected. */
const broken = (part: Partial<Holder>): Holder => {
  const never = () => Promise.reject(new Error('a driver threw'));
  return { traits: panel.traits, write: never, clear: never, read: never, ...part };
};

describe('orders', () => {
  test('are carried out one at a time, in the order they came, and what they are at can be asked', async () => {
    work.take(order('first', 'write', 1, '1234'));
    work.take(order('second', 'write', 2, '5678'));
    const states = () => work.states(['first', 'second', 'other']).map(({ state }) => state);
    expect(states()).toEqual(['in_flight', 'queued', 'unknown']);
    await step();
    expect(states()).toEqual(['done', 'in_flight', 'unknown']);
    await step();
    expect(states()).toEqual(['done', 'done', 'unknown']);
    expect(panel.codes).toEqual(
      new Map([
        [1, '1234'],
        [2, '5678'],
      ]),
    );
    expect(ended.map(({ order_id, result }) => [order_id, result.outcome?.ok])).toEqual([
      ['first', true],
      ['second', true],
    ]);
  });

  test('that wait are dropped with the Link, their codes wiped; the one on the wire is finished', async () => {
    const waiting = order('second', 'write', 2, '5678');
    work.take(order('first', 'write', 1, '1234'));
    work.take(waiting);
    work.drop();
    await step();
    await step();
    expect([...panel.codes.keys()]).toEqual([1]);
    expect(ended.map(({ order_id }) => order_id)).toEqual(['first']);
    expect(work.states(['second'])).toEqual([{ order_id: 'second', state: 'unknown' }]);
    expect(waiting.secret).toEqual(new Uint8Array(4));
  });

  test('pass the armed gate when their turn comes, not when they are given', async () => {
    work.take(order('first', 'write', 1, '1234'));
    work.take(order('second', 'write', 2, '5678'));
    armed = true;
    await step();
    await step();
    expect([...panel.codes.keys()]).not.toContain(2);
    expect(ended.at(-1)).toMatchObject({ order_id: 'second', result: { outcome: { why: 'armed' } } });
  });

  test('whose answer is lost are followed by a reading, which leaves as a keyed hash', async () => {
    panel.is.losesAnswers = 1;
    work.take(order('first', 'write', 1, '1234'));
    await step();
    await step();
    expect(panel.deeds).toHaveLength(1);
    expect(ended).toMatchObject([
      {
        result: {
          outcome: { why: 'unknown_result' },
          reading: { content: 'code', key: plainKey('pin', '1234') },
        },
      },
    ]);
  });

  test('are not followed by a reading where nothing can be read', async () => {
    const unknown: SlotOutcome = { ok: false, why: 'unknown_result', detail: 'no answer' };
    work = begin(broken({ traits: { ...panel.traits, reads: 'nothing' }, clear: async () => unknown }));
    work.take(order('first', 'clear', 1));
    await settled();
    expect([ended, faults]).toEqual([
      [{ order_id: 'first', result: { outcome: unknown, reading: null } }],
      [],
    ]);
  });

  test('that meet a driver that throws have an unknown result, and the next is carried out', async () => {
    const read: SlotReading = { ok: true, content: 'empty' };
    work = begin(broken({ read: async () => read }));
    work.take(order('first', 'write', 1, '1234'));
    work.take(order('second', 'read', 1));
    await settled();
    expect(ended).toMatchObject([
      { order_id: 'first', result: { outcome: { ok: false, why: 'unknown_result' }, reading: null } },
      { order_id: 'second', result: { outcome: null, reading: { content: 'empty' } } },
    ]);
    expect(faults).toEqual(['Error: a driver threw']);
  });

  test('for a device that is not there have never been heard of', () => {
    work.take({ ...order('first', 'read', 1), holder_id: 'other' });
    expect(work.states(['first'])).toEqual([{ order_id: 'first', state: 'unknown' }]);
  });

  test('that are done are remembered, the last thousand of them', async () => {
    work = begin(broken({ read: async () => ({ ok: true, content: 'empty' }) }));
    for (let n = 1; n <= 1_025; n++) work.take(order(`${n}`, 'read', 1));
    await settled();
    expect(ended).toHaveLength(1_025);
    expect(work.states(['1', '2', '1025']).map(({ state }) => state)).toEqual(['unknown', 'done', 'done']);
  });
});

describe('a code that is asked for', () => {
  test('is read ahead of what waits', async () => {
    panel.codes.set(7, '4711');
    work.take(order('first', 'read', 1));
    work.take(order('second', 'read', 2));
    const asked = work.reveal('panel', 7);
    await step();
    await step();
    expect(await asked).toEqual({ ok: true, secret: new TextEncoder().encode('4711') });
    expect(ended.map(({ order_id }) => order_id)).toEqual(['first']);
  });

  test.each([
    [{ ok: true, content: 'empty' }, 'nothing_to_adopt'],
    [{ ok: true, content: 'unreadable', detail: 'masked' }, 'nothing_to_adopt'],
    [{ ok: false, why: 'offline', detail: 'no answer' }, 'device_unreachable'],
  ] as const)('and is not to be had: %o', async (reading, code) => {
    work = begin(broken({ read: async () => reading }));
    expect(await work.reveal('panel', 7)).toMatchObject({ ok: false, code });
  });

  test('is answered for though the driver throws, the device is not there, or the Link is lost', async () => {
    expect(await work.reveal('other', 7)).toMatchObject({ ok: false, code: 'not_found' });
    work = begin(broken({}));
    expect(await work.reveal('panel', 7)).toMatchObject({ ok: false, code: 'device_unreachable' });
    expect(faults).toEqual(['Error: a driver threw']);
    work = begin(panel);
    work.take(order('first', 'read', 1));
    const asked = work.reveal('panel', 7);
    work.drop();
    expect(await asked).toMatchObject({ ok: false, code: 'device_unreachable' });
  });
});
