import { MemoryLevel } from 'memory-level';
import { feedConsumers } from '../../../src/admin/consumers.ts';
import { openDirectory } from '../../../src/admin/directory.ts';
import { cursorAt } from '../../../src/admin/feed-place.ts';
import { recordWriter } from '../../../src/admin/record-writer.ts';
import { webhookDispatcher } from '../../../src/admin/webhook/dispatcher.ts';
import type { Outcome } from '../../../src/admin/webhook/sender.ts';
import { webhookTargets } from '../../../src/admin/webhook/targets.ts';
import { webhooksService } from '../../../src/admin/webhooks.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { FeedEntry } from '../../../src/schema/storage.ts';
import type { WebhookFields } from '../../../src/schema/webhook.ts';
import { spied } from '../../contract/store.ts';
import { openStore } from '../../support/open-store.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { countedRandom } from '../resources.ts';

/** A post that the fake receiver has before it. */
export interface Post {
  url: string;
  headers: Record<string, string>;
  body: { id: string; type: string; seq: number | null; resource: string; cursor: string; data: object };
  text: string;
  answer(outcome: Outcome): Promise<void>;
}

export const aWebhook = (more: Partial<WebhookFields> = {}): WebhookFields => ({
  external_id: null,
  url: 'https://hooks.example.com/in',
  types: ['door.*', 'feed.*'],
  format: 'native',
  enabled: true,
  ...more,
});

/** Lets all that waits for a turn of the event loop have it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The admin process's part that pushes, over a database in memory that outlives restarts, with a receiver that answers by hand. */
export async function pushing() {
  const database = new MemoryLevel<string, string>();
  const clock = virtualClock();
  const random = countedRandom();
  /** All posts in their order, and those that were not answered yet. */
  const posts: Post[] = [];
  const pending: Post[] = [];
  let automatic: ((post: Post) => Outcome) | null = null;
  const faults: unknown[] = [];

  const sender = {
    post: (url: string, headers: Readonly<Record<string, string>>, text: string) =>
      new Promise<Outcome>((resolve) => {
        const post: Post = {
          url,
          headers: { ...headers },
          body: JSON.parse(text) as Post['body'],
          text,
          async answer(outcome) {
            pending.splice(pending.indexOf(post), 1);
            resolve(outcome);
            await settled();
          },
        };
        posts.push(post);
        pending.push(post);
        if (automatic !== null) void post.answer(automatic(post));
      }),
  };
  const vault = {
    seal: (value: Secret) => Buffer.from(value.reveal()).toString('hex'),
    unseal: (sealed: string) => new Secret(Buffer.from(sealed, 'hex').toString()),
    lookupKey: () => '',
    tokenHash: () => '',
  };

  /** The process that has the database: what an earlier one still does reaches nobody. */
  let lives = 0;
  const run = async () => {
    lives += 1;
    const mine = lives;
    const reached = spied(database, (_operations, _options, write) =>
      mine === lives ? write() : new Promise(() => {}),
    );
    const store = await openStore(reached, () => 'db');
    const directory = await openDirectory(store);
    const writer = recordWriter({
      directory,
      inForce: { waitFor: () => Promise.resolve(true) },
      clock,
      random,
    });
    const parts = {
      siteId: 'site',
      store,
      directory,
      vault,
      sender,
      clock,
      random,
      writer,
      failed: (error: unknown) => void faults.push(error),
    };
    const dispatcher = webhookDispatcher({ ...parts, marks: await store.marks('delivery') });
    const consumers = feedConsumers({ store, directory, clock, marks: await store.marks('consumer') });
    const targets = webhookTargets(['hooks.example.com']);
    const webhooks = webhooksService({
      ...parts,
      targets,
      dispatcher,
      feedCursor: () => cursorAt(store, store.feedSeq()),
    });
    dispatcher.start();
    return { store, directory, dispatcher, consumers, webhooks };
  };

  let life = await run();
  return {
    clock,
    posts,
    pending,
    faults,
    get life() {
      return life;
    },
    /** From now on the receiver answers by itself. */
    answers(how: ((post: Post) => Outcome) | null) {
      automatic = how;
      if (how !== null) for (const post of [...pending]) void post.answer(how(post));
    },
    /** Puts entries into the feed, by the resource each is about. */
    async happen(...resources: string[]) {
      const { directory } = life;
      const feed = resources.map(
        (resource, i): Omit<FeedEntry, 'seq'> => ({
          id: `${resource}-${life.store.feedSeq() + i + 1}`,
          type: 'door.opened',
          time: new Date(clock.wall()).toISOString(),
          resource,
          revision: null,
          data: {},
        }),
      );
      await directory.commit({ changes: [], feed });
      await settled();
    },
    async pass(ms: number) {
      clock.advance(ms);
      await settled();
    },
    /** Ends this process, by the book or as if killed, and starts the next. */
    async restart(how: 'closed' | 'killed') {
      if (how === 'closed') await life.dispatcher.close();
      else pending.length = 0;
      await settled();
      life = await run();
      await settled();
    },
  };
}
