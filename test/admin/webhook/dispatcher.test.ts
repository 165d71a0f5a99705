import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cursorAt } from '../../../src/admin/feed-place.ts';
import type { Outcome } from '../../../src/admin/webhook/sender.ts';
import { write } from '../resources.ts';
import { aWebhook, type Post, pushing, settled } from './pushing.ts';

const ok: Outcome = { status: 204, retry_after_ms: null };
const down: Outcome = { error: 'no connection: ECONNREFUSED' };
const hour = 3_600_000;
const day = 24 * hour;
const ids = (posts: readonly Post[]): string[] => posts.map(({ body }) => body.id);

/** One webhook, and what its receiver has got. */
async function withWebhook(more: Parameters<typeof aWebhook>[0] = {}) {
  const push = await pushing();
  const { object, secret } = await push.life.webhooks.create(aWebhook(more), write());
  await settled();
  return { ...push, push, id: object.id, secret };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('what is pushed', () => {
  test('is what comes after the webhook was made, by its types, signed with its secret', async () => {
    const { push, secret } = await withWebhook({ types: ['door.*'] });
    vi.useFakeTimers({ toFake: ['Date'], now: push.clock.wall() });
    await push.happen('door/a');
    const [post] = push.posts;
    expect(push.posts.length).toBe(1);
    expect(post?.body).toMatchObject({
      id: post?.headers['webhook-id'],
      type: 'door.opened',
      resource: 'door/a',
    });
    expect(new Webhook(secret?.reveal() ?? '').verify(post?.text ?? '', post?.headers ?? {})).toEqual(
      post?.body,
    );
  });

  test('carries the cursor right after it, from where the feed can be read', async () => {
    const { push } = await withWebhook();
    await push.happen('door/a');
    const { store } = push.life;
    expect(push.posts[0]?.body.cursor).toBe(cursorAt(store, store.feedSeq()));
  });

  test('a rotated secret signs beside the new one for a day', async () => {
    const { push, id, secret } = await withWebhook();
    const { secret: next } = await push.life.webhooks.rotate(id, write());
    push.answers(() => ok);
    const verifies = async (key: typeof secret): Promise<boolean> => {
      await push.happen('door/a');
      const post = push.posts.at(-1);
      vi.useFakeTimers({ toFake: ['Date'], now: push.clock.wall() });
      try {
        new Webhook(key?.reveal() ?? '').verify(post?.text ?? '', post?.headers ?? {});
        return true;
      } catch {
        return false;
      }
    };
    expect([await verifies(secret), await verifies(next)]).toEqual([true, true]);
    await push.pass(day);
    expect([await verifies(secret), await verifies(next)]).toEqual([false, true]);
  });

  test('a test message goes out at once, whether it is enabled or not, and is in no feed', async () => {
    const { push, id } = await withWebhook({ enabled: false });
    const newest = push.life.store.feedSeq();
    const tested = push.life.webhooks.test(id);
    await settled();
    expect(push.posts[0]?.body).toMatchObject({ type: 'webhook.test', seq: null });
    await push.pending[0]?.answer({ status: 404, retry_after_ms: null });
    expect(await tested).toMatchObject({ delivered: false, status: 404, attempt: 1 });
    expect(push.life.store.feedSeq()).toBe(newest);
    await push.happen('door/a');
    expect(push.posts.length).toBe(1);
  });
});

describe('a receiver that fails', () => {
  test('is tried again with the same id and body and a new stamp', async () => {
    const { push, id } = await withWebhook();
    await push.happen('door/a');
    await push.pending[0]?.answer({ status: 500, retry_after_ms: null });
    await push.pass(6_000);
    const [first, second] = push.posts;
    expect([second?.body, second?.headers['webhook-id']]).toEqual([
      first?.body,
      first?.headers['webhook-id'],
    ]);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(
      Number(first?.headers['webhook-timestamp']),
    );
    await second?.answer(ok);
    expect(push.life.webhooks.deliveries(id)).toMatchObject({
      lag: 0,
      failing_since: null,
      items: [
        { attempt: 2, delivered: true, status: 204 },
        { attempt: 1, delivered: false, status: 500, error: null },
      ],
    });
  });

  test('is tried again at once where it is said to be from now on', async () => {
    const { push, id } = await withWebhook();
    await push.happen('door/a');
    for (let i = 0; i < 3; i++) {
      await push.pending[0]?.answer({ status: 404, retry_after_ms: 12 * hour });
      await push.pass(13 * hour);
    }
    await push.pending[0]?.answer({ status: 404, retry_after_ms: 12 * hour });
    const before = push.posts.length;
    await push.life.webhooks.update(id, { types: [] }, write());
    await settled();
    expect(push.posts.length).toBe(before);
    const url = 'https://hooks.example.com/right';
    await push.life.webhooks.update(id, { url }, write());
    await settled();
    expect(push.posts[before]).toMatchObject({ url });
  });

  test('with 410 is switched off, and the feed says so', async () => {
    const { push, id } = await withWebhook();
    await push.happen('door/a');
    await push.pending[0]?.answer({ status: 410, retry_after_ms: null });
    expect(push.life.webhooks.get(id)).toMatchObject({ enabled: false, switched_off: 'gone' });
    const types = (await push.life.store.feed(0, 100)).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['webhook.updated', 'webhook.switched_off']);
    await push.happen('door/b');
    await push.pass(10 * day);
    expect(push.posts.length).toBe(1);
    push.answers(() => ok);
    await push.life.webhooks.update(id, { enabled: true }, write());
    await settled();
    expect(push.life.webhooks.get(id).switched_off).toBeNull();
    // Off for ten days: it is told that it is behind, not what it missed.
    expect(push.posts.at(-1)?.body.type).toBe('feed.behind');
  });

  test('is switched off once, however many of its answers say so', async () => {
    const { push } = await withWebhook();
    await push.happen('door/a', 'door/b', 'door/c');
    for (const post of [...push.pending]) void post.answer({ status: 410, retry_after_ms: null });
    await settled();
    const types = (await push.life.store.feed(0, 100)).map(({ type }) => type);
    expect(types.filter((type) => type === 'webhook.switched_off')).toHaveLength(1);
    expect(push.faults).toEqual([]);
  });

  test('for a day is told once where to read on, and then gets what is new', async () => {
    const { push } = await withWebhook();
    push.answers(() => down);
    const cursor = cursorAt(push.life.store, push.life.store.feedSeq());
    for (let i = 0; i < 40; i++) {
      await push.happen('door/a', `door/${i}`);
      await push.pass(hour);
    }
    push.answers(() => ok);
    await push.pass(30 * hour);
    const { body } = push.posts.at(-1) ?? {};
    expect(body).toMatchObject({ type: 'feed.behind', data: { cursor } });
    await push.happen('door/new');
    expect(push.posts.at(-1)?.body.resource).toBe('door/new');
    const after = push.posts.slice(push.posts.findIndex(({ body: { type } }) => type === 'feed.behind'));
    expect(new Set(after.map(({ body: { type } }) => type))).toEqual(new Set(['feed.behind', 'door.opened']));
    expect(after.filter(({ body: { type } }) => type === 'door.opened').length).toBe(1);
  });

  test('what comes while it reads what it was behind with is pushed: it may have read before', async () => {
    const { push } = await withWebhook();
    push.answers(() => down);
    await push.happen('door/a');
    while (push.posts.at(-1)?.body.type !== 'feed.behind') await push.pass(hour);
    push.answers(null);
    while (push.pending.length === 0) await push.pass(hour);
    await push.happen('door/meanwhile');
    await push.pending[0]?.answer(ok);
    expect(push.pending.map(({ body }) => body.resource)).toEqual(['door/meanwhile']);
  });

  test('for five days is switched off, over restarts too', async () => {
    const { push, id } = await withWebhook();
    push.answers(() => down);
    await push.happen('door/a');
    for (let i = 0; i < 60 && push.life.webhooks.get(id).enabled; i++) {
      await push.pass(3 * hour);
      await push.restart(i % 2 === 0 ? 'closed' : 'killed');
    }
    expect(push.life.webhooks.get(id)).toMatchObject({ enabled: false, switched_off: 'failing' });
  });
});

describe('over a restart', () => {
  test('nothing is lost, and only what was on its way or just delivered is sent again', async () => {
    const { push } = await withWebhook();
    push.answers(() => ok);
    await push.happen('door/a', 'door/b');
    await push.pass(1_000);
    push.answers(null);
    await push.happen('door/c', 'door/d');
    expect(push.pending.length).toBe(2);
    await push.restart('killed');
    push.answers(() => ok);
    await settled();
    await push.happen('door/e');
    const seen = push.posts.map(({ body }) => body.resource);
    expect(seen.filter((one) => one === 'door/a' || one === 'door/b').length).toBe(2);
    expect(new Set(seen)).toEqual(new Set(['door/a', 'door/b', 'door/c', 'door/d', 'door/e']));
    const twice = ids(push.posts).filter((one, i, all) => all.indexOf(one) !== i);
    expect(twice.length).toBe(2);
  });

  test('by the book, nothing is sent again', async () => {
    const { push } = await withWebhook();
    push.answers(() => ok);
    await push.happen('door/a', 'door/b');
    await push.restart('closed');
    expect(push.posts).toHaveLength(2);
  });

  test('a webhook whose place was never kept begins where it was made', async () => {
    const { push } = await withWebhook();
    await push.happen('door/a');
    await push.restart('killed');
    expect(push.posts.map(({ body }) => body.resource)).toEqual(['door/a', 'door/a']);
  });

  test('the place of a webhook that is removed goes with it', async () => {
    const { push, id } = await withWebhook();
    push.answers(() => ok);
    await push.happen('door/a');
    await push.pass(1_000);
    expect([...(await push.life.store.marks('delivery')).keys()]).toEqual([id]);
    await push.life.webhooks.remove(id, write());
    await settled();
    await push.happen('door/b');
    expect(push.posts.length).toBe(1);
    expect((await push.life.store.marks('delivery')).size).toBe(0);
  });
});

test('a place whose webhook is gone, because its removal was cut short, is removed at the next start', async () => {
  const push = await pushing();
  const value = { seq: 0, open: [], failing_since: null };
  await push.life.directory.commit({
    changes: [],
    feed: [],
    marks: [{ kind: 'delivery', id: 'gone', value }],
  });
  await push.restart('killed');
  expect((await push.life.store.marks('delivery')).size).toBe(0);
});

describe('replaying', () => {
  test('sends everything after the cursor again, under the same ids', async () => {
    const { push, id } = await withWebhook();
    push.answers(() => ok);
    const cursor = cursorAt(push.life.store, push.life.store.feedSeq());
    await push.happen('door/a', 'door/b');
    await push.pass(3 * day);
    expect(await push.life.webhooks.replay(id, cursor)).toEqual({ entries: 2 });
    await settled();
    expect(ids(push.posts)).toEqual([...ids(push.posts.slice(0, 2)), ...ids(push.posts.slice(0, 2))]);
    await expect(push.life.webhooks.replay(id, 'nonsense')).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  test('leaves nothing out when new entries are just being read', async () => {
    const { push, id } = await withWebhook();
    push.answers(() => ok);
    const cursor = cursorAt(push.life.store, push.life.store.feedSeq());
    await push.happen('door/a', 'door/b');
    let replayed: Promise<unknown> | null = null;
    push.life.directory.onCommitted(() => {
      replayed ??= push.life.webhooks.replay(id, cursor);
    });
    await push.happen('door/c');
    await replayed;
    await settled();
    const again = push.posts.slice(2).map(({ body }) => body.resource);
    expect(again).toEqual(['door/a', 'door/b', 'door/c']);
  });

  test('what was on its way before says nothing about what is sent again', async () => {
    const { push, id } = await withWebhook();
    const cursor = cursorAt(push.life.store, push.life.store.feedSeq());
    await push.happen('door/a');
    await push.life.webhooks.replay(id, cursor);
    await settled();
    await push.posts[0]?.answer(ok);
    expect(push.life.webhooks.deliveries(id).lag).toBe(1);
    await push.posts[1]?.answer(ok);
    expect(push.life.webhooks.deliveries(id).lag).toBe(0);
  });
});

describe('webhooks as records', () => {
  test('one that is switched off holds no entries back', async () => {
    const { push, id } = await withWebhook();
    expect([...push.life.dispatcher.places().keys()]).toEqual([`webhook/${id}`]);
    await push.life.webhooks.update(id, { enabled: false }, write());
    expect([...push.life.dispatcher.places().keys()]).toEqual([]);
  });

  test('where the site file does not allow the host, the answer says what to write', async () => {
    const { life } = await pushing();
    await expect(
      life.webhooks.create(aWebhook({ url: 'http://127.0.0.1:8750/v1' }), write()),
    ).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer: '/url', detail: expect.stringContaining('"127.0.0.1"') }],
    });
  });

  test('neither database nor feed holds a secret, nor the feed a query with a token', async () => {
    const { life } = await pushing();
    const { object, secret } = await life.webhooks.create(
      aWebhook({ url: 'https://hooks.example.com/in?token=7f3a' }),
      write(),
    );
    const feed = JSON.stringify(await life.store.feed(0, 10));
    expect(feed).toContain(object.id);
    expect(feed).not.toContain('7f3a');
    expect(feed).not.toContain(secret?.reveal().slice(6));
    expect(Object.keys(object)).not.toContain('sealed');
  });

  test('there is a bound to them', async () => {
    const { life } = await pushing();
    for (let i = 0; i < 20; i++) await life.webhooks.create(aWebhook(), write());
    await expect(life.webhooks.create(aWebhook(), write())).rejects.toMatchObject({
      code: 'too_many_requests',
    });
  });
});
