import { beforeEach, expect, test } from 'vitest';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';

/** The clock and instants at the API. */
let api: ApiUnderTest;
beforeEach(async () => {
  api = await apiUnderTest();
});

test('the system says whether its clock is synchronized and believed, and what is known to be past', async () => {
  const { body } = await api.call('GET', '/v1/system');
  expect(body['clock_synced']).toBe(true);
  expect(body['clock']).toEqual({
    synced: true,
    trusted: true,
    never_set: false,
    doubt: null,
    high_water: '2026-03-02T08:00:00.000Z',
  });
  expect(body['doors']).not.toHaveProperty('clock');
});

test('a reset answers with the clock as it is then', async () => {
  const { status, body } = await api.call('POST', '/v1/system/clock/reset');
  expect(status).toBe(200);
  expect(body).toMatchObject({ trusted: true, doubt: null });
});

test('validity is of instants with their offset: one without is refused, and the answer says what is right', async () => {
  const guest = (valid_until: string) =>
    api.call('POST', '/v1/users', {
      kind: 'guest',
      last_name: 'Hopper',
      valid_from: '2026-03-02T09:00:00+01:00',
      valid_until,
    });
  for (const good of ['2026-03-09T11:00:00+01:00', '2026-03-09T10:00:00Z', '2026-03-09T10:00:00.5-03:30']) {
    expect((await guest(good)).status, good).toBe(201);
  }
  for (const bad of [
    '2026-03-09T11:00:00',
    '2026-03-09 11:00:00+01:00',
    '2026-03-09T11:00:00+25:00',
    'tomorrow',
  ]) {
    const { status, body } = await guest(bad);
    expect(status, bad).toBe(400);
    expect(body['errors']).toEqual([
      {
        pointer: '/valid_until',
        detail: 'must be an instant with its offset, such as 2026-03-02T09:00:00Z',
      },
    ]);
  }
});
