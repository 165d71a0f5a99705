import fc from 'fast-check';
import { expect, test } from 'vitest';
import { feedService } from '../../src/admin/feed.ts';
import { cursorAt } from '../../src/admin/feed-place.ts';
import { feedRetention } from '../../src/admin/feed-retention.ts';
import { AppError } from '../../src/core/error.ts';
import { countedRandom } from './resources.ts';
import { pushing, settled } from './webhook/pushing.ts';

/** What one reader knows: its cursor, and the ids it has seen by their numbers. */
interface Reader {
  cursor: string | null;
  seq: number;
  name: string | null;
}

const command = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }).map((count) => ({ do: 'write' as const, count })) },
  {
    weight: 6,
    arbitrary: fc
      .record({ who: fc.nat(2), limit: fc.integer({ min: 1, max: 60 }) })
      .map((read) => ({ do: 'read' as const, ...read })),
  },
  { weight: 2, arbitrary: fc.nat(2).map((who) => ({ do: 'acknowledge' as const, who })) },
  { weight: 1, arbitrary: fc.nat(2).map((who) => ({ do: 'acknowledge_old' as const, who })) },
  { weight: 2, arbitrary: fc.constant({ do: 'minute' as const }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('closed' as const, 'killed' as const)
      .map((how) => ({ do: 'restart' as const, how })),
  },
);

test('no gap, no repeat under another id, no reorder: for slow, paging and reconnecting readers, over restarts and retention', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 60 }), async (commands) => {
      const push = await pushing();
      /** Every id ever seen, by number, from whatever reader: the feed says one thing to all. */
      const told = new Map<number, string>();
      const readers: Reader[] = ['portal', 'audit', null].map((name) => ({ cursor: null, seq: 0, name }));
      const acknowledged = new Map<string, number>();
      const limits = { keep_ms: 365 * 86_400_000, max_entries: 100 };
      const begin = () => {
        const { store, directory, consumers } = push.life;
        const feed = feedService(store, directory, push.clock);
        const retention = feedRetention({
          store,
          directory,
          limits,
          believed: () => true,
          places: consumers.places,
          clock: push.clock,
          random: countedRandom(),
          failed: (error) => push.faults.push(error),
        });
        return { feed, retention };
      };
      let running = begin();
      for (const one of commands) {
        const { store, consumers } = push.life;
        switch (one.do) {
          case 'write':
            await push.happen(...Array.from({ length: one.count }, () => 'door/d'));
            break;
          case 'read': {
            const reader = readers[one.who] as Reader;
            const query = { after: reader.cursor, limit: one.limit, types: [], waitMs: 0 };
            const page = await running.feed
              .read(query, new AbortController().signal)
              .catch((error: unknown) => error);
            if (page instanceof AppError) {
              // Gone only if entries after its cursor are gone.
              expect(page.code).toBe('cursor_gone');
              expect(reader.seq).toBeLessThan(store.feedTrimmed());
              reader.cursor = null;
              break;
            }
            const { items, cursor } = page as Awaited<ReturnType<typeof running.feed.read>>;
            const first = reader.cursor === null ? store.feedTrimmed() : reader.seq;
            for (const [i, { seq, id }] of items.entries()) {
              expect(seq).toBe(first + 1 + i);
              expect(told.get(seq) ?? id).toBe(id);
              told.set(seq, id);
            }
            reader.seq = first + items.length;
            reader.cursor = cursor;
            break;
          }
          case 'acknowledge':
          case 'acknowledge_old': {
            const { name, cursor, seq } = readers[one.who] as Reader;
            if (name === null || cursor === null || seq < store.feedTrimmed()) break;
            const to = one.do === 'acknowledge' ? seq : Math.max(store.feedTrimmed(), seq - 10);
            const answer = await consumers.acknowledge(name, cursorAt(store, to));
            acknowledged.set(name, Math.max(acknowledged.get(name) ?? 0, to));
            expect(answer.consumer.cursor).toBe(cursorAt(store, acknowledged.get(name) ?? 0));
            break;
          }
          case 'minute': {
            const least = Math.min(...acknowledged.values());
            await push.pass(60_000);
            await settled();
            const { store: now } = push.life;
            expect(now.feedSeq() - now.feedTrimmed()).toBeLessThanOrEqual(limits.max_entries + 1);
            if (acknowledged.size > 0 && now.feedTrimmed() > least) {
              const types = (await now.feed(now.feedTrimmed(), 200)).map(({ type }) => type);
              expect(types).toContain('feed.truncated');
            }
            break;
          }
          case 'restart':
            running.retention.close();
            running.feed.close();
            await push.restart(one.how);
            running = begin();
            for (const [name, seq] of acknowledged) {
              expect(push.life.consumers.get(name).lag).toBe(push.life.store.feedSeq() - seq);
            }
            break;
        }
      }
      expect(push.faults).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 60_000);
