import { expect, test } from 'vitest';
import { idempotencyKeys } from '../../src/admin/idempotency.ts';
import { spied } from '../contract/store.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { manualStore } from './manual-store.ts';
import { ids, programmedSite } from './programming/programmed-site.ts';
import { person, pin, resources, way, write } from './resources.ts';
import { pushing } from './webhook/pushing.ts';

function keys(believed = () => true) {
  const store = manualStore();
  store.automatic();
  const clock = virtualClock();
  const answer = (request: string) => ({ request, status: 201, body: { id: 'u' }, at: clock.wall() });
  return { store, clock, answer, ...idempotencyKeys(store, clock, believed) };
}

test('the same request again is given the first answer, also after a restart', async () => {
  const { store, clock, answer, begin } = keys();
  const first = await begin('k', 'request');
  expect(first.answer).toBe(null);
  await first.keep(answer('request'));
  first.end();
  expect((await begin('k', 'request')).answer).toMatchObject({ status: 201, body: { id: 'u' } });
  expect((await idempotencyKeys(store, clock, () => true).begin('k', 'request')).answer).toMatchObject({
    status: 201,
  });
});

test('another request under the same key is refused', async () => {
  const { answer, begin } = keys();
  const { keep, end } = await begin('k', 'request');
  await keep(answer('request'));
  end();
  await expect(begin('k', 'other')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  expect((await begin('k2', 'other')).answer).toBe(null);
});

test('while the first one runs the second is refused; one that failed may run again', async () => {
  const { begin } = keys();
  const [first, second] = await Promise.allSettled([begin('k', 'request'), begin('k', 'request')]);
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'request_in_progress' } });
  if (first.status === 'fulfilled') first.value.end();
  expect((await begin('k', 'request')).answer).toBe(null);
});

test('an answer is kept for 24 hours', async () => {
  const { clock, answer, begin } = keys();
  const { keep, end } = await begin('k', 'request');
  await keep(answer('request'));
  end();
  clock.advance(24 * 3_600_000 - 1);
  expect((await begin('k', 'request')).answer).not.toBe(null);
  clock.advance(1);
  expect((await begin('k', 'other')).answer).toBe(null);
});

test('the answer to a change is stored in its batch: with it, or not at all', async () => {
  let batches = 0;
  let fails = false;
  const { store, users, clock } = await resources((database) =>
    spied(database, async (_operations, _options, toDisk) => {
      if (fails) throw new Error('no space left on device');
      batches += 1;
      await toDisk();
    }),
  );
  const options = (key: string) => ({
    ...write(),
    keep: (body: unknown) => ({ key, answer: { request: 'hash', status: 201, body, at: clock.wall() } }),
  });
  batches = 0;
  const made = await users.create(person(), options('made'));
  expect([batches, (await store.idempotent('made'))?.body]).toEqual([1, made]);
  fails = true;
  await expect(users.create(person(), options('lost'))).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
  expect(await store.idempotent('lost')).toBeNull();
});

/** Has an answer stored with a change. */
const keep = (body: unknown) => ({ key: 'k', answer: { request: 'hash', status: 200, body, at: 0 } });

test('so is that to a new API key, without its token', async () => {
  let batches = 0;
  const { keys: apiKeys, store } = await resources((database) =>
    spied(database, (_operations, _options, toDisk) => {
      batches += 1;
      return toDisk();
    }),
  );
  batches = 0;
  const shown = (made: unknown) => keep((made as { object: unknown }).object);
  const { object } = await apiKeys.create(
    { name: 'portal', scopes: ['users:read'] },
    { ...write(), keep: shown },
  );
  expect([batches, (await store.idempotent('k'))?.body]).toEqual([1, object]);
});

test('so is that to a rotated webhook', async () => {
  const push = await pushing();
  const id = await push.life.webhooks
    .create(
      { external_id: null, url: 'https://hooks.example.com/', types: [], format: 'native', enabled: true },
      write(),
    )
    .then(({ object }) => object.id);
  const { object } = await push.life.webhooks.rotate(id, { ...write(), keep });
  expect((await push.life.store.idempotent('k'))?.body).toMatchObject({ object });
});

test('so are those to what is asked of a confirmation, and to a code taken over from a device', async () => {
  const t = await programmedSite();
  t.panel.codes.set(4, '7777');
  await t.pass(2_000);
  const { object: user } = await t.admin.users.create(person(), write());
  await t.admin.access.create(way(user.id, { partition: 'house' }), write());
  const adopting = t.admin.holders.adopt(ids.panel, 4, user.id, { ...write(), keep });
  await t.pass(100);
  const { object } = await adopting;
  const withAnswer = () => t.store.commits.filter(({ idempotency }) => idempotency !== undefined);
  expect(withAnswer().map(({ changes }) => changes[0]?.id)).toEqual([object.id]);

  t.arm('house', 'armed');
  await t.admin.credentials.create(pin(user.id, '8888'), write());
  await t.pass(10);
  const waiting = t.rows().find(({ state, holder_id }) => state === 'pending' && holder_id === ids.panel);
  const view = await t.admin.confirmations.cancel(waiting?.id ?? '', { dry_run: false, keep });
  expect(view).toMatchObject({ state: 'failed', reason: 'cancelled' });
  const told = withAnswer().at(-1);
  expect(told?.idempotency?.answer?.body).toEqual(view);
  expect(told?.changes.map(({ id }) => id)).toContain(view.id);
  const again = await t.admin.confirmations.retry(view.id, { dry_run: false, keep });
  expect(withAnswer().at(-1)?.idempotency?.answer?.body).toEqual(again);
});

test('of what the doors say of a change nothing is known in its batch', async () => {
  const { store, users, clock } = await resources();
  const { object } = await users.create(person(), write());
  const keep = (body: unknown) => ({
    key: 'k',
    answer: { request: 'hash', status: 200, body, at: clock.wall() },
  });
  const { applied } = await users.setSuspended(object.id, true, { ...write(), keep });
  expect([applied, (await store.idempotent('k'))?.body]).toMatchObject([true, { applied: false }]);
});

test('a clock that was put on and is not believed makes no answer old', async () => {
  let believed = true;
  const { clock, answer, begin } = keys(() => believed);
  const { keep, end } = await begin('k', 'request');
  await keep(answer('request'));
  end();
  clock.stepWall(365 * 24 * 3_600_000);
  believed = false;
  expect((await begin('k', 'request')).answer).not.toBe(null);
  clock.stepWall(-2 * 365 * 24 * 3_600_000);
  expect((await begin('k', 'request')).answer).not.toBe(null);
});
