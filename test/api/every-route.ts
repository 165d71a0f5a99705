import type { Scope } from '../../src/schema/record.ts';
import type { ApiUnderTest } from './api-under-test.ts';
import { doorId, goneId, readerId } from './fake-admin.ts';

/** A call that the OpenAPI document describes. */
export interface RouteCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the document writes it, and as it is called. */
  url: string;
  path: string;
  scope: Scope | undefined;
  open: boolean;
  /** One that passes validation; undefined: the call takes none. */
  body: object | undefined;
}

/** All of them, from the document itself. */
export async function everyRoute(api: ApiUnderTest): Promise<RouteCall[]> {
  const { body } = await api.call('GET', '/openapi.json');
  const paths = body['paths'] as Record<string, Record<string, Record<string, unknown>>>;
  return Object.entries(paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([name, call]): RouteCall => {
      const method = name.toUpperCase() as RouteCall['method'];
      // One that the site file names is not forgotten.
      const forgets = method === 'DELETE' && url.startsWith('/v1/holders/');
      return {
        method,
        url,
        path: url
          .replace('{id}', forgets ? goneId : doorId)
          .replace('{external_id}', 'key-1')
          .replace('{name}', 'portal')
          .replace('{slot}', '3'),
        scope: call['x-required-scope'] as Scope | undefined,
        open: Array.isArray(call['security']) && call['security'].length === 0,
        body: call['requestBody'] === undefined ? undefined : (bodies[`${method} ${url}`] ?? {}),
      };
    }),
  );
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
