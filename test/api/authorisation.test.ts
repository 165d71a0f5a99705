import { beforeAll, describe, expect, it } from 'vitest';
import { scopes } from '../../src/schema/record.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { everyRoute, type RouteCall } from './every-route.ts';
import { doorId, readerId } from './fake-admin.ts';

describe('every route of the OpenAPI document', () => {
  let api: ApiUnderTest;
  let calls: RouteCall[];
  beforeAll(async () => {
    api = await apiUnderTest();
    calls = await everyRoute(api);
  });

  const run = ({ method, path, body }: RouteCall, token: string | null) =>
    api.app.inject({
      method,
      url: path,
      ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(body === undefined ? {} : { payload: body }),
    });

  it('has the routes of the design, and only /healthz is open to everybody', () => {
    expect(calls.length).toBeGreaterThan(35);
    expect(calls.filter(({ open }) => open).map(({ url }) => url)).toEqual(['/healthz']);
    const anyKey = calls.filter(({ scope, open }) => scope === undefined && !open).map(({ url }) => url);
    expect(anyKey).toEqual(['/v1/operations/{id}']);
  });

  it('refuses a call without a key, and with a key nobody has, before it reads the body', async () => {
    for (const call of calls.filter(({ open }) => !open)) {
      for (const token of [null, 'pstn_unknown', '']) {
        const answer = await run(call, token);
        expect(answer.statusCode, `${call.method} ${call.url}`).toBe(401);
        expect(answer.headers['www-authenticate']).toContain('Bearer');
        expect(answer.json()).toMatchObject({ code: 'unauthorized', retriable: false });
      }
    }
  });

  it('answers 403 and names the scope to every key that has all scopes but the one', async () => {
    for (const call of calls) {
      if (call.scope === undefined) continue;
      const others = api.admin.key('others', ...scopes.filter((scope) => scope !== call.scope));
      const answer = await run(call, others);
      expect(answer.statusCode, `${call.method} ${call.url}`).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'forbidden', required_scope: call.scope });
    }
  });

  it('answers 403 to a key without any scope, but where any key will do', async () => {
    const none = api.admin.key('none');
    for (const call of calls) {
      const { statusCode } = await run(call, none);
      const name = `${call.method} ${call.url}: ${statusCode}`;
      if (call.scope !== undefined) expect(statusCode, name).toBe(403);
      else expect([200, 404], name).toContain(statusCode);
    }
  });

  it('lets no single scope do anything but what it names', async () => {
    for (const scope of scopes) {
      const token = api.admin.key(scope, scope);
      for (const call of calls) {
        if (call.scope === undefined || call.scope === scope) continue;
        const { statusCode } = await run(call, token);
        expect(statusCode, `${scope}: ${call.method} ${call.url}`).toBe(403);
      }
    }
  });

  it('lets the scope it names through', async () => {
    for (const call of calls) {
      if (call.scope === undefined) continue;
      const { statusCode } = await run(call, api.admin.key('one', call.scope));
      expect([200, 201, 202, 404], `${call.method} ${call.url}: ${statusCode}`).toContain(statusCode);
    }
  });

  it('needs a second scope to reveal a value and to open a door by trying', async () => {
    const reader = api.as(api.admin.key('reader', 'credentials:read'));
    const revealed = await reader('GET', `/v1/credentials/${doorId}?reveal=true`);
    expect([revealed.status, revealed.body['required_scope']]).toEqual([403, 'credentials:reveal']);
    const tester = api.as(api.admin.key('tester', 'doors:try'));
    const opened = await tester('POST', '/v1/try', { reader_id: readerId, pin: '4711', open: true });
    expect([opened.status, opened.body['required_scope']]).toEqual([403, 'doors:unlock']);
  });
});
