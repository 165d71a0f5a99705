import { beforeAll, describe, expect, it } from 'vitest';
import { type Scope, scopes } from '../../src/schema/record.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId, goneId, readerId } from './fake-admin.ts';

interface Call {
  method: string;
  url: string;
  scope: Scope | undefined;
  open: boolean;
}

/** Bodies that pass validation, so that only the scope stands between the caller and success. */
const bodies: Record<string, object> = {
  'POST /v1/users': { last_name: 'Doe' },
  'PUT /v1/users/by-external-id/{external_id}': { last_name: 'Doe' },
  'PATCH /v1/users/{id}': {},
  'POST /v1/credentials': { user_id: doorId, kind: 'pin', value: '20304' },
  'PUT /v1/credentials/by-external-id/{external_id}': { user_id: doorId, kind: 'pin', value: '20305' },
  'PATCH /v1/credentials/{id}': {},
  'POST /v1/access': { user_id: doorId, target: { door_id: doorId } },
  'PUT /v1/access/by-external-id/{external_id}': { user_id: doorId, target: { door_id: doorId } },
  'PATCH /v1/access/{id}': {},
  'POST /v1/door_groups': { name: 'all' },
  'PUT /v1/door_groups/by-external-id/{external_id}': { name: 'all' },
  'PATCH /v1/door_groups/{id}': {},
  'POST /v1/schedules': { name: 'office', week: {} },
  'PUT /v1/schedules/by-external-id/{external_id}': { name: 'office', week: {} },
  'PATCH /v1/schedules/{id}': {},
  'POST /v1/holidays': { name: 'public', days: [] },
  'PUT /v1/holidays/by-external-id/{external_id}': { name: 'public', days: [] },
  'PATCH /v1/holidays/{id}': {},
  'POST /v1/timetables': { name: 'shop', door_ids: [], rules: [] },
  'PUT /v1/timetables/by-external-id/{external_id}': { name: 'shop', door_ids: [], rules: [] },
  'PATCH /v1/timetables/{id}': {},
  'POST /v1/doors/{id}/mode': { mode: 'disabled' },
  'POST /v1/holders/{id}/slots/{slot}/adopt': { user_id: doorId },
  'POST /v1/partitions/{id}/arm': {},
  'POST /v1/readers/{id}/pair': {},
  'POST /v1/try': { reader_id: readerId, pin: '4711' },
  'POST /v1/imports': { users: [] },
  'PUT /v1/feed/consumers/{name}': { cursor: 'c0' },
  'POST /v1/webhooks': { url: 'https://hooks.example.com/' },
  'PUT /v1/webhooks/by-external-id/{external_id}': { url: 'https://hooks.example.com/' },
  'PATCH /v1/webhooks/{id}': {},
  'POST /v1/webhooks/{id}/replay': { from_cursor: 'c0' },
  'POST /v1/keys': { name: 'k', scopes: ['users:read'] },
};

describe('every route of the OpenAPI document', () => {
  let api: ApiUnderTest;
  let calls: Call[];
  beforeAll(async () => {
    api = await apiUnderTest();
    const { body } = await api.call('GET', '/openapi.json');
    const paths = body['paths'] as Record<string, Record<string, Record<string, unknown>>>;
    calls = Object.entries(paths).flatMap(([url, methods]) =>
      Object.entries(methods).map(([method, call]) => ({
        method: method.toUpperCase(),
        url,
        scope: call['x-required-scope'] as Scope | undefined,
        open: Array.isArray(call['security']) && call['security'].length === 0,
      })),
    );
  });

  const run = async ({ method, url }: Call, token: string | null) => {
    // One that the site file names is not forgotten.
    const forgets = method === 'DELETE' && url.startsWith('/v1/holders/');
    const path = url
      .replace('{id}', forgets ? goneId : doorId)
      .replace('{external_id}', 'key-1')
      .replace('{name}', 'portal')
      .replace('{slot}', '3');
    const body = bodies[`${method} ${url}`];
    return token === null
      ? api.app.inject({
          method: method as 'GET',
          url: path,
          ...(body === undefined ? {} : { payload: body }),
        })
      : api.app.inject({
          method: method as 'GET',
          url: path,
          headers: { authorization: `Bearer ${token}` },
          ...(body === undefined ? {} : { payload: body }),
        });
  };

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
