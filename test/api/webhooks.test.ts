import { beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { webhookSecret } from './fake-admin.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await apiUnderTest();
});
const make = (headers: Record<string, string> = {}, query = '') =>
  api.call('POST', `/v1/webhooks${query}`, { url: 'https://hooks.example.com/in' }, headers);

describe('webhooks', () => {
  it('are made with defaults, and show their secret this once', async () => {
    const made = await make();
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      url: 'https://hooks.example.com/in',
      types: [],
      format: 'native',
      enabled: true,
      switched_off: null,
      secret: webhookSecret,
    });
    const url = `/v1/webhooks/${made.body['id']}`;
    for (const [method, path] of [
      ['GET', url],
      ['GET', '/v1/webhooks'],
      ['GET', '/v1/feed'],
      ['GET', `${url}/deliveries`],
    ] as const) {
      const { status, text } = await api.call(method, path);
      expect([path, status, text.includes('whsec_')]).toEqual([path, 200, false]);
    }
    expect((await api.call('PATCH', url, { enabled: false })).body).toMatchObject({ secret: null });
    expect((await api.call('POST', `${url}/rotate`)).body).toMatchObject({
      secret: webhookSecret,
      revision: 3,
    });
    expect((await api.call('POST', `${url}/rotate?dry_run=true`)).body).toMatchObject({ secret: null });
    expect((await make({}, '?dry_run=true')).body['secret']).toBeNull();
  });

  it('answer a repeated request without the secret, and keep none in the database', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await make(key);
    const again = await make(key);
    expect([again.body['id'], again.body['secret']]).toEqual([first.body['id'], null]);
    const url = `/v1/webhooks/${first.body['id']}/rotate`;
    await api.call('POST', url, undefined, { 'idempotency-key': 'turn' });
    expect(JSON.stringify([...api.admin.idempotent])).not.toContain('whsec_');
    expect(api.log.join('\n')).not.toContain('whsec_');
  });

  it.each([
    [{}, '/url'],
    [{ url: 'ftp://hooks.example.com' }, '/url'],
    [{ url: 'https://user:password@hooks.example.com' }, '/url'],
    [{ url: 'https://hooks.example.com', types: ['Access'] }, '/types/0'],
    [{ url: 'https://hooks.example.com', format: 'other' }, '/format'],
    [{ url: 'https://hooks.example.com', secret: 'whsec_' }, '/secret'],
  ])('that make no sense are refused: %j', async (body, pointer) => {
    const answer = await api.call('POST', '/v1/webhooks', body);
    expect([answer.status, answer.body['errors']]).toEqual([400, [expect.objectContaining({ pointer })]]);
  });

  it('are tested and replayed', async () => {
    const url = `/v1/webhooks/${(await make()).body['id']}`;
    expect((await api.call('POST', `${url}/test`)).body).toMatchObject({ delivered: false, status: 500 });
    expect((await api.call('POST', `${url}/replay`, { from_cursor: 'c0' })).body).toEqual({ entries: 3 });
    expect((await api.call('POST', `${url}/replay`, {})).status).toBe(400);
  });
});

describe('named consumers', () => {
  it('are made by the first acknowledgement, and forgotten when they are deleted', async () => {
    const url = '/v1/feed/consumers/portal';
    expect((await api.call('GET', url)).status).toBe(404);
    expect((await api.call('PUT', url, { cursor: 'c1' })).status).toBe(201);
    expect((await api.call('PUT', url, { cursor: 'c2' })).status).toBe(200);
    expect((await api.call('GET', url)).body).toMatchObject({ name: 'portal', cursor: 'c2', lag: 0 });
    expect((await api.call('GET', '/v1/feed/consumers')).body).toMatchObject({
      items: [{ name: 'portal' }],
      feed_cursor: api.admin.feed.cursor(),
    });
    expect((await api.call('DELETE', url)).status).toBe(200);
    expect((await api.call('DELETE', url)).status).toBe(404);
  });

  it('need a scope of their own to move, and a name that is safe in a path', async () => {
    const reader = api.as(api.admin.key('reader', 'feed:read'));
    expect((await reader('PUT', '/v1/feed/consumers/portal', { cursor: 'c1' })).body).toMatchObject({
      required_scope: 'feed:acknowledge',
    });
    for (const name of ['A', 'a%2Fb', '-', 'x'.repeat(65)]) {
      expect((await api.call('PUT', `/v1/feed/consumers/${name}`, { cursor: 'c1' })).status).toBe(400);
    }
  });
});
