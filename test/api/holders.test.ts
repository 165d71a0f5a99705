import { beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId, goneId } from './fake-admin.ts';

describe('devices that keep codes', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await apiUnderTest();
  });
  const call: ApiUnderTest['call'] = (...request) => api.call(...request);

  it('are listed, with their slots and how each credential stands there', async () => {
    expect((await call('GET', '/v1/holders')).body).toMatchObject({
      items: [{ name: 'panel', capacity: 99 }],
    });
    expect((await call('GET', `/v1/holders/${doorId}`)).body).toMatchObject({ state: 'online', reserved: 1 });
    expect((await call('GET', `/v1/holders/${doorId}/slots`)).body).toMatchObject({
      items: [{ slot: 3, state: 'ours' }],
    });
    const { body } = await call(
      'GET',
      `/v1/confirmations?state=confirmed&holder_id=${doorId}&user_id=${doorId}`,
    );
    expect(body).toMatchObject({
      items: [{ state: 'confirmed', evidence: 'read_back' }],
      feed_cursor: expect.anything(),
    });
  });

  it('refuse a filter nobody knows, and say which there are', async () => {
    const { status, body } = await call('GET', '/v1/confirmations?state=green');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_input', errors: [{ pointer: 'query:state' }] });
  });

  it('adopt a code only for a slot that is a number', async () => {
    expect((await call('POST', `/v1/holders/${doorId}/slots/3/adopt`, { user_id: doorId })).status).toBe(201);
    expect((await call('POST', `/v1/holders/${doorId}/slots/x/adopt`, { user_id: doorId })).status).toBe(400);
  });

  it('are forgotten once they have left the site file, and not before', async () => {
    const named = await call('DELETE', `/v1/holders/${doorId}`);
    expect([named.status, named.body['code']]).toEqual([405, 'method_not_allowed']);
    expect((await call('DELETE', `/v1/holders/${goneId}`)).body).toEqual({
      id: goneId,
      stored: 2,
      dry_run: false,
    });
  });

  it('a row is retried by one call, and one that is in no state for it is told so', async () => {
    expect((await call('POST', `/v1/confirmations/${doorId}/retry`)).body).toMatchObject({ id: doorId });
    expect((await call('POST', `/v1/confirmations/${doorId}/cancel`)).status).toBe(200);
    const { status, body } = await call('POST', `/v1/confirmations/${doorId}/cancel`);
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'not_waiting', retriable: false });
  });

  it('partitions are armed and disarmed as operations', async () => {
    const { status, headers } = await call('POST', `/v1/partitions/${doorId}/arm`, { how: 'stay' });
    expect(status).toBe(202);
    expect(headers['location']).toMatch(/^\/v1\/operations\//);
    await call('POST', `/v1/partitions/${doorId}/disarm`);
    expect((await call('POST', `/v1/partitions/${doorId}/arm`)).status).toBe(202);
    expect(api.admin.armed).toEqual([`stay ${doorId}`, `disarm ${doorId}`, `away ${doorId}`]);
    const unknown = '0f0e0d0c-0b0a-5908-8706-0504030201aa';
    expect((await call('POST', `/v1/partitions/${unknown}/disarm`)).status).toBe(404);
  });

  it('if_armed takes keep or reject and nothing else', async () => {
    const access = { user_id: doorId, target: { door_id: doorId } };
    expect((await call('POST', '/v1/access?if_armed=reject', access)).status).toBe(201);
    expect((await call('POST', '/v1/access?if_armed=ignore', access)).status).toBe(400);
  });
});
