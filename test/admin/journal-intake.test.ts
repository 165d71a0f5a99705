import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/admin/directory.ts';
import { journalIntake } from '../../src/admin/journal-intake.ts';
import type { DoorEvent } from '../../src/core/event.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { type ManualStore, manualStore } from './manual-store.ts';
import { aCredential } from './records.ts';

const opened = (seq: number): { seq: number; event: DoorEvent } => ({
  seq,
  event: { time: seq, type: 'door.opened', resource: `door/${seq}`, data: {} },
});
const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => opened(from + i));

async function intake(store: ManualStore) {
  const clock = virtualClock();
  const directory = await openDirectory(store);
  const stored: [string, number][] = [];
  let stuck = 0;
  const taken = journalIntake({
    store,
    directory,
    clock,
    random: (bytes) => new Uint8Array(bytes),
    stored: (id, seq) => stored.push([id, seq]),
    failed: () => {},
    stuck: () => {
      stuck += 1;
    },
  });
  return { clock, directory, stored, stuckTold: () => stuck, ...taken };
}

const settle = async (store: ManualStore): Promise<void> => {
  for (let i = 0; i < 20; i++) await store.sync();
};

describe('the door journal on its way into the feed', () => {
  test('one message is one commit, with the position in it, answered once it is durable', async () => {
    const store = manualStore();
    const { take, stored } = await intake(store);
    take({ type: 'journal', journal_id: 'j', records: records(1, 3) });
    await new Promise((resolve) => setImmediate(resolve));
    expect([store.waiting, stored]).toEqual([1, []]);
    await settle(store);
    expect(store.commits).toMatchObject([
      {
        journal: { journal_id: 'j', seq: 3 },
        feed: [
          {
            type: 'door.opened',
            resource: 'door/1',
            time: '1970-01-01T00:00:00.001Z',
            revision: null,
            data: {},
          },
          { resource: 'door/2' },
          { resource: 'door/3' },
        ],
      },
    ]);
    expect(stored).toEqual([['j', 3]]);
  });

  test('whatever is sent again, in whatever pieces and after any restart, each record is there once, in order', async () => {
    const action = fc.oneof(
      fc.record({
        do: fc.constant('send' as const),
        back: fc.nat(6),
        count: fc.integer({ min: 1, max: 5 }),
      }),
      fc.record({ do: fc.constantFrom('sync' as const, 'fail' as const, 'restart' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { size: 'max', maxLength: 40 }), async (actions) => {
        const store = manualStore();
        let at = await intake(store);
        let sent = 0;
        for (const one of actions) {
          if (one.do === 'send') {
            const from = Math.max(1, sent + 1 - one.back);
            at.take({ type: 'journal', journal_id: 'j', records: records(from, from + one.count - 1) });
            sent = Math.max(sent, from + one.count - 1);
          } else if (one.do === 'sync') await store.sync();
          else if (one.do === 'fail') {
            await store.fail();
            at.clock.advance(30_000);
          } else {
            at.close();
            await store.fail();
            at = await intake(store);
            // The door process sends again from what it was told is stored.
            sent = await store.journalSeq('j');
          }
        }
        await settle(store);
        at.clock.advance(30_000);
        await settle(store);
        const feed = await store.feed(0, 10_000);
        expect(feed.map(({ resource }) => resource)).toEqual(
          Array.from({ length: sent }, (_, i) => `door/${i + 1}`),
        );
        expect(await store.journalSeq('j')).toBe(sent);
      }),
      { numRuns: 100 },
    );
  });

  test('records that are stored already are answered without another commit', async () => {
    const store = manualStore();
    const { take, stored } = await intake(store);
    take({ type: 'journal', journal_id: 'j', records: records(1, 2) });
    await settle(store);
    take({ type: 'journal', journal_id: 'j', records: records(1, 2) });
    await settle(store);
    expect(store.commits).toHaveLength(1);
    expect(stored).toEqual([
      ['j', 2],
      ['j', 2],
    ]);
  });

  test('a journal of another name counts from its own beginning', async () => {
    const store = manualStore();
    const { take, stored } = await intake(store);
    take({ type: 'journal', journal_id: 'old', records: records(1, 5) });
    take({ type: 'journal', journal_id: 'new', records: records(1, 2) });
    await settle(store);
    expect(stored).toEqual([
      ['old', 5],
      ['new', 2],
    ]);
    expect(store.feedSeq()).toBe(7);
  });

  test('a disk that refuses is asked again, later and later, and told as stuck every tenth time', async () => {
    const store = manualStore();
    const { take, stored, clock, stuckTold } = await intake(store);
    take({ type: 'journal', journal_id: 'j', records: records(1, 1) });
    for (let i = 0; i < 22; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(store.waiting).toBe(1);
      await store.fail();
      clock.advance(30_000);
    }
    expect(stuckTold()).toBe(2);
    await settle(store);
    expect(stored).toEqual([['j', 1]]);
  });
});

describe('uses counted at the doors', () => {
  const granted = (seq: number, use: { generation: number; used: number }) => ({
    seq,
    event: {
      time: seq,
      type: 'access.granted' as const,
      resource: 'door/d',
      data: { reader_id: 'r', reason: 'granted' as const, user_id: 'u', credential_id: 'c', use },
    },
  });

  async function withCredential(used: number) {
    const store = manualStore();
    store.automatic();
    const before = aCredential('c', 'u', { uses: { max: 5, used, generation: 2 } });
    await store.commit({ changes: [{ kind: 'credential', id: 'c', before: null, after: before }], feed: [] });
    return { store, ...(await intake(store)) };
  }

  test('the credential counts the highest use of its allowance, in the commit of the events', async () => {
    const { store, take, directory } = await withCredential(1);
    const uses = [2, 3].map((used, i) => granted(i + 1, { generation: 2, used }));
    take({ type: 'journal', journal_id: 'j', records: uses });
    await settle(store);
    expect(directory.credentials.get('c')).toMatchObject({ uses: { max: 5, used: 3 }, revision: 2 });
    expect(store.commits.at(-1)).toMatchObject({ changes: [{ id: 'c' }], journal: { seq: 2 } });
  });

  test.each([
    ['an allowance given anew meanwhile', { generation: 1, used: 4 }],
    ['a use that is counted already', { generation: 2, used: 1 }],
  ])('nothing is changed by %s', async (_, use) => {
    const { store, take } = await withCredential(1);
    take({ type: 'journal', journal_id: 'j', records: [granted(1, use)] });
    await settle(store);
    expect(store.commits.at(-1)).toMatchObject({ changes: [], journal: { seq: 1 } });
  });

  test('a use of a credential that is gone is only told', async () => {
    const store = manualStore();
    const { take } = await intake(store);
    take({ type: 'journal', journal_id: 'j', records: [granted(1, { generation: 1, used: 1 })] });
    await settle(store);
    expect(store.commits).toMatchObject([{ changes: [], feed: [{ type: 'access.granted' }] }]);
  });
});
