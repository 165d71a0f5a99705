import { describe, expect, test } from 'vitest';
import { feedService } from '../../src/admin/feed.ts';
import { cursorAt } from '../../src/admin/feed-place.ts';
import { agedUpTo, feedRetention, overflowUpTo } from '../../src/admin/feed-retention.ts';
import type { FeedEntry } from '../../src/schema/storage.ts';
import { countedRandom } from './resources.ts';
import { pushing, settled } from './webhook/pushing.ts';

const day = 24 * 3_600_000;
const never = new AbortController().signal;
const at = (...days: number[]): FeedEntry[] =>
  days.map((n, i) => ({
    seq: i + 1,
    id: `e${i + 1}`,
    type: 'door.opened',
    time: new Date(Date.UTC(2026, 0, 1) + n * day).toISOString(),
    resource: 'door/d',
    revision: null,
    data: {},
  }));
const keepFrom = Date.UTC(2026, 0, 11);

describe('what is old', () => {
  const rows: [what: string, days: number[], places: [string, number][], upTo: number][] = [
    ['goes where nobody waits', [1, 2, 3, 12], [], 3],
    [
      'stays where somebody still waits for it, however old',
      [1, 2, 3, 12],
      [
        ['a', 1],
        ['b', 3],
      ],
      1,
    ],
    ['stays for a consumer at the very beginning', [1, 2], [['a', 0]], 0],
    ['goes up to the first that is young', [1, 12, 2], [], 1],
    ['is not told by a clock that was never set', [-20_000, -20_000, 12], [], 0],
    ['is told by what came after such a clock', [-20_000, 1, 12], [], 2],
  ];
  test.each(rows)('%s', (_, days, places, upTo) => {
    expect(agedUpTo(at(...days), keepFrom, new Map(places))).toBe(upTo);
  });
});

test('what is too much goes a hundredth at a time', () => {
  expect(overflowUpTo(0, 1_000, 1_000)).toBe(0);
  expect(overflowUpTo(0, 1_001, 1_000)).toBe(11);
  expect(overflowUpTo(11, 1_011, 1_000)).toBe(0);
});

async function retained(limits: { keep_ms: number; max_entries: number }, believed = () => true) {
  const push = await pushing();
  const { store, directory, consumers, dispatcher } = push.life;
  const feed = feedService(store, directory, push.clock);
  const retention = feedRetention({
    store,
    directory,
    limits,
    believed,
    places: () => new Map([...consumers.places(), ...dispatcher.places()]),
    clock: push.clock,
    random: countedRandom(),
    failed: (error) => push.faults.push(error),
  });
  return { push, store, consumers, feed, retention };
}
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `door/${i % 10}`);

describe('dropping', () => {
  test('nothing goes by its age while the clock is not believed', async () => {
    let believed = false;
    const { push, store } = await retained({ keep_ms: 30 * day, max_entries: 1_000_000 }, () => believed);
    await push.happen(...many(10));
    push.clock.stepWall(365 * day);
    await push.pass(3 * 60_000);
    expect(store.feedTrimmed()).toBe(0);
    believed = true;
    await push.pass(60_000);
    expect(store.feedTrimmed()).toBeGreaterThan(0);
  });

  test('entries that nobody waits for go when they are old, the newest stays', async () => {
    const { push, store, consumers } = await retained({ keep_ms: 30 * day, max_entries: 1_000_000 });
    await push.happen(...many(1_200));
    await consumers.acknowledge('portal', cursorAt(store, 1_100));
    await push.pass(30 * day);
    expect(store.feedTrimmed()).toBe(0);
    await push.pass(60_000);
    expect(store.feedTrimmed()).toBe(1_100);
    await consumers.acknowledge('portal', cursorAt(store, 1_200));
    await push.pass(60_000);
    expect([store.feedTrimmed(), (await store.feed(0, 10)).map(({ seq }) => seq)]).toEqual([1_199, [1_200]]);
  });

  test('beyond the limit the oldest go, and the feed says who lost some; then their cursor is gone', async () => {
    const { push, store, consumers, feed } = await retained({ keep_ms: 365 * day, max_entries: 1_000 });
    await push.happen(...many(600));
    await consumers.acknowledge('slow', cursorAt(store, 100));
    await consumers.acknowledge('quick', cursorAt(store, 600));
    await push.happen(...many(700));
    const slow = consumers.get('slow').cursor;
    await push.pass(60_000);
    expect(store.feedTrimmed()).toBe(310);
    const [said] = await store.feed(1_300, 10);
    expect(said).toMatchObject({
      type: 'feed.truncated',
      data: { from_seq: 1, to_seq: 310, behind: ['slow'] },
    });
    expect([consumers.get('slow').cursor_gone, consumers.get('quick').cursor_gone]).toEqual([true, false]);
    const read = (after: string | null) => feed.read({ after, limit: 10, types: [], waitMs: 0 }, never);
    await expect(read(slow)).rejects.toMatchObject({ code: 'cursor_gone' });
    await expect(consumers.acknowledge('new', slow)).rejects.toMatchObject({ code: 'cursor_gone' });
    expect((await read(null)).items[0]?.seq).toBe(311);
    expect((await read(consumers.get('quick').cursor)).items[0]?.seq).toBe(601);
    await push.pass(60_000);
    expect(store.feedTrimmed()).toBe(310);
  });

  test('what everybody has acknowledged goes beyond the limit without a word', async () => {
    const { push, store, consumers } = await retained({ keep_ms: 365 * day, max_entries: 1_000 });
    await push.happen(...many(1_200));
    await consumers.acknowledge('portal', cursorAt(store, 1_200));
    await push.pass(60_000);
    expect([store.feedTrimmed(), store.feedSeq()]).toEqual([210, 1_200]);
  });

  test('a waiting reader whose place is dropped is told, not given a gap', async () => {
    const { push, store, feed, consumers } = await retained({ keep_ms: 365 * day, max_entries: 1_000 });
    await push.happen('door/a');
    const reading = feed.read(
      { after: cursorAt(store, 0), limit: 10, types: ['user.*'], waitMs: 120_000 },
      never,
    );
    await settled();
    await push.happen(...many(1_200));
    await consumers.acknowledge('portal', cursorAt(store, 1_200));
    await push.pass(60_000);
    const page = await Promise.race([reading.catch((error: unknown) => error), settled().then(() => null)]);
    // It had already looked beyond what went.
    expect(page).toBeNull();
    feed.close();
    expect((await reading).cursor).toBe(cursorAt(store, store.feedSeq()));
  });

  test.each([
    ['with what it has found so far', [], 500],
    ['with cursor_gone when it has found nothing', ['user.created'], null],
  ])('a scan whose next entries are dropped meanwhile ends %s', async (_, types, found) => {
    const entry = (seq: number): FeedEntry => ({ ...(at(1)[0] as FeedEntry), seq });
    const store = {
      id: 'db',
      feedSeq: () => 1_000,
      feedTrimmed: () => 0,
      // The entries up to 700 go after the first page was read.
      feed: async (after: number, limit: number) =>
        Array.from({ length: limit }, (_, i) => entry(Math.max(after, after === 0 ? 0 : 700) + i + 1)),
    };
    const feed = feedService(store, { onCommitted: () => {} }, (await pushing()).clock);
    const page = feed.read({ after: null, limit: 600, types, waitMs: 0 }, never);
    if (found === null) await expect(page).rejects.toMatchObject({ code: 'cursor_gone' });
    else expect((await page).items.map(({ seq }) => seq).at(-1)).toBe(found);
  });

  test('what was dropped stays dropped after a restart, and nothing else is missing', async () => {
    const { push, store, retention } = await retained({ keep_ms: 365 * day, max_entries: 1_000 });
    await push.happen(...many(1_200));
    await push.pass(60_000);
    const kept = await store.feed(store.feedTrimmed(), 2_000);
    retention.close();
    await push.restart('killed');
    expect(push.life.store.feedTrimmed()).toBe(store.feedTrimmed());
    expect(await push.life.store.feed(0, 2_000)).toEqual(kept);
  });
});
