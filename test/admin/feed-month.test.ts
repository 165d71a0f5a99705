import { expect, test } from 'vitest';
import { feedService } from '../../src/admin/feed.ts';
import { cursorAt } from '../../src/admin/feed-place.ts';
import { feedRetention } from '../../src/admin/feed-retention.ts';
import { countedRandom } from './resources.ts';
import { pushing } from './webhook/pushing.ts';

const day = 24 * 3_600_000;
const never = new AbortController().signal;

test('thirty days without a portal at 2,000 events a day: then it reads all of them, in order, and nothing was dropped', async () => {
  const push = await pushing();
  const { store, directory, consumers } = push.life;
  const retention = feedRetention({
    store,
    directory,
    limits: { keep_ms: 7 * day, max_entries: 200_000 },
    believed: () => true,
    places: consumers.places,
    clock: push.clock,
    random: countedRandom(),
    failed: (error) => push.faults.push(error),
  });
  await consumers.acknowledge('portal', cursorAt(store, 0));
  for (let date = 0; date < 30; date++) {
    for (let batch = 0; batch < 20; batch++) {
      await push.happen(...Array.from({ length: 100 }, (_, n) => `door/${n}`));
    }
    push.clock.advance(day);
  }
  const feed = feedService(store, directory, push.clock);
  const seen = new Set<string>();
  let last = 0;
  for (;;) {
    const after = consumers.get('portal').cursor;
    const page = await feed.read({ after, limit: 500, types: [], waitMs: 0 }, never);
    for (const { seq, id } of page.items) {
      expect(seq).toBe(last + 1);
      last = seq;
      seen.add(id);
    }
    await consumers.acknowledge('portal', page.cursor);
    if (!page.more) break;
  }
  expect([seen.size, push.faults]).toEqual([60_000, []]);
  feed.close();
  retention.close();
}, 120_000);
