import { expect, test } from 'vitest';
import { nothingDone } from '../../src/admin/import-row.ts';
import type { ImportProgress } from '../../src/schema/api/import.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';

/** Imports with an idempotency key, the process cut off in their middle: a repeat does what is left, and has one answer. */
const key = { 'idempotency-key': 'k' };
const users = ['ada', 'bob', 'eve'].map((last_name) => ({ external_id: last_name, last_name }));
const body = { mode: 'merge', users };
const turns = () => new Promise((resolve) => setImmediate(resolve));
const progress: ImportProgress = { ...nothingDone, removed: true, users: 2 };

/** Where each run began, and what lets it end. */
function watched(api: ApiUnderTest) {
  const began: (ImportProgress | null | undefined)[] = [];
  const ends: (() => void)[] = [];
  const { run } = api.admin.imports;
  api.admin.imports.run = async (list, mode, options, course) => {
    began.push(course?.from);
    await course?.reached(progress);
    await new Promise<void>((resolve) => ends.push(resolve));
    return run(list, mode, options, course);
  };
  return { began, end: () => ends.splice(0).forEach((one) => void one()) };
}

test('cut off, it goes on from where it had come, under the same operation; later repeats are told how it ended', async () => {
  const api = await apiUnderTest();
  const { began, end } = watched(api);
  const first = await api.call('POST', '/v1/imports', body, key);
  await turns();
  const begun = api.clock.wall();
  api.clock.advance(60_000);
  api.admin.restart();
  const again = await api.call('POST', '/v1/imports', body, key);
  expect(again.headers).not.toHaveProperty('idempotency-replayed');
  // Its day is counted from the first request.
  expect([...api.admin.idempotent.values()].map(({ at }) => at)).toEqual([begun]);
  expect([again.status, again.body['id'], again.body['status']]).toEqual([202, first.body['id'], 'pending']);
  expect(began).toEqual([null, progress]);
  end();
  await turns();
  const last = await api.call('POST', '/v1/imports', body, key);
  expect([last.body['id'], last.body['status']]).toEqual([first.body['id'], 'succeeded']);
  expect(last.headers['idempotency-replayed']).toBe('true');
  expect(began).toHaveLength(2);
});

test('while it runs a repeat is told so, and two repeats at once after a restart go on with it once', async () => {
  const api = await apiUnderTest();
  const { began } = watched(api);
  await api.call('POST', '/v1/imports', body, key);
  await turns();
  expect((await api.call('POST', '/v1/imports', body, key)).headers['idempotency-replayed']).toBe('true');
  expect(began).toHaveLength(1);
  api.admin.restart();
  await Promise.all([1, 2].map(() => api.call('POST', '/v1/imports', body, key)));
  expect(began).toEqual([null, progress]);
});

test('another list under the same key is refused, also of one that was cut off', async () => {
  const api = await apiUnderTest();
  watched(api);
  await api.call('POST', '/v1/imports', body, key);
  api.admin.restart();
  const other = await api.call('POST', '/v1/imports', { ...body, users: users.slice(1) }, key);
  expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused']);
});

test('without a key each call is an import of its own, and nothing is kept', async () => {
  const api = await apiUnderTest();
  const { began } = watched(api);
  for (let i = 0; i < 2; i++) expect((await api.call('POST', '/v1/imports', body)).status).toBe(202);
  expect(began).toEqual([null, null]);
  expect(api.admin.idempotent.size).toBe(0);
});
