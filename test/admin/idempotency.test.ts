import { expect, test } from 'vitest';
import { idempotencyKeys } from '../../src/admin/idempotency.ts';
import { spied } from '../contract/store.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { manualStore } from './manual-store.ts';
import { person, resources, write } from './resources.ts';

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
  await first.end(answer('request'));
  expect((await begin('k', 'request')).answer).toMatchObject({ status: 201, body: { id: 'u' } });
  expect((await idempotencyKeys(store, clock, () => true).begin('k', 'request')).answer).toMatchObject({
    status: 201,
  });
});

test('another request under the same key is refused', async () => {
  const { answer, begin } = keys();
  await (await begin('k', 'request')).end(answer('request'));
  await expect(begin('k', 'other')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  expect((await begin('k2', 'other')).answer).toBe(null);
});

test('while the first one runs the second is refused; one that failed may run again', async () => {
  const { begin } = keys();
  const [first, second] = await Promise.allSettled([begin('k', 'request'), begin('k', 'request')]);
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'request_in_progress' } });
  if (first.status === 'fulfilled') await first.value.end(null);
  expect((await begin('k', 'request')).answer).toBe(null);
});

test('an answer is kept for 24 hours', async () => {
  const { clock, answer, begin } = keys();
  await (await begin('k', 'request')).end(answer('request'));
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
  await (await begin('k', 'request')).end(answer('request'));
  clock.stepWall(365 * 24 * 3_600_000);
  believed = false;
  expect((await begin('k', 'request')).answer).not.toBe(null);
  clock.stepWall(-2 * 365 * 24 * 3_600_000);
  expect((await begin('k', 'request')).answer).not.toBe(null);
});
