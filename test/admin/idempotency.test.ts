import { expect, test } from 'vitest';
import { idempotencyKeys } from '../../src/admin/idempotency.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { manualStore } from './manual-store.ts';

function keys() {
  const store = manualStore();
  store.automatic();
  const clock = virtualClock();
  const answer = (request: string) => ({ request, status: 201, body: { id: 'u' }, at: clock.wall() });
  return { store, clock, answer, ...idempotencyKeys(store, clock) };
}

test('the same request again is given the first answer, also after a restart', async () => {
  const { store, clock, answer, begin } = keys();
  const first = await begin('k', 'request');
  expect(first.answer).toBe(null);
  await first.end(answer('request'));
  expect((await begin('k', 'request')).answer).toMatchObject({ status: 201, body: { id: 'u' } });
  expect((await idempotencyKeys(store, clock).begin('k', 'request')).answer).toMatchObject({ status: 201 });
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
