import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { FeedReader } from '../schema/api/consumer.ts';
import type { FeedConsumer, Marks, Store } from '../schema/storage.ts';
import { cursorAt, placeOf } from './feed-place.ts';
import type { ConsumersService } from './feed-port.ts';
import type { Directory } from './storage.ts';

/** Names in all: each holds entries back from being dropped. */
const maxConsumers = 100;

export interface Consumers extends ConsumersService {
  /** Up to where each has acknowledged, by name. */
  places(): ReadonlyMap<string, number>;
}

/** Named consumers of the feed. What one acknowledges is durable before it is answered. `marks`: those of the store. */
export function feedConsumers(parts: {
  store: Pick<Store, 'id' | 'feedSeq' | 'feedTrimmed'>;
  directory: Pick<Directory, 'commit'>;
  clock: Clock;
  marks: ReadonlyMap<string, Marks['consumer']>;
}): Consumers {
  const { store, directory, clock } = parts;
  const consumers = new Map(parts.marks);
  /** One after another, so that none of two at a time moves back what the other moved on. */
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  const show = (name: string, { seq, created_at, acknowledged_at }: FeedConsumer): FeedReader => ({
    name,
    cursor: cursorAt(store, seq),
    cursor_gone: seq < store.feedTrimmed(),
    lag: store.feedSeq() - seq,
    created_at,
    acknowledged_at,
  });
  const found = (name: string): FeedConsumer => {
    const consumer = consumers.get(name);
    if (consumer === undefined) throw new AppError('not_found', 'no consumer has this name');
    return consumer;
  };
  const put = async (name: string, value: FeedConsumer | null): Promise<void> => {
    await directory.commit({ changes: [], feed: [], marks: [{ kind: 'consumer', id: name, value }] });
    if (value === null) consumers.delete(name);
    else consumers.set(name, value);
  };

  return {
    list: () => [...consumers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => show(name, one)),
    get: (name) => show(name, found(name)),
    acknowledge: (name, cursor) =>
      inTurn(async () => {
        const seq = placeOf(store, cursor);
        const before = consumers.get(name);
        if (before === undefined && consumers.size >= maxConsumers) {
          throw new AppError(
            'too_many_requests',
            `there are ${maxConsumers} consumers: DELETE those that are gone`,
          );
        }
        if (before === undefined || seq > before.seq) {
          const now = new Date(clock.wall()).toISOString();
          await put(name, { seq, created_at: before?.created_at ?? now, acknowledged_at: now });
        }
        return { consumer: show(name, found(name)), created: before === undefined };
      }),
    remove: (name) =>
      inTurn(async () => {
        found(name);
        await put(name, null);
      }),
    places: () => new Map([...consumers].map(([name, { seq }]) => [name, seq])),
  };
}
