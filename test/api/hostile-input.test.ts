import { beforeAll, describe, expect, it } from 'vitest';
import { scopes } from '../../src/schema/record.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { everyRoute, type RouteCall } from './every-route.ts';

/** What no route of the OpenAPI document takes, whoever sends it. */

const strange = ['xyz', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];

/** The body as JSON with one more member in one of its objects, for each of them. */
function withMember(body: object, name: string): string[] {
  const mark = '\u0001';
  const marked = (value: unknown): unknown[] => {
    if (typeof value !== 'object' || value === null) return [];
    const inside = Object.entries(value).flatMap(([member, part]) =>
      marked(part).map((other) => (Array.isArray(value) ? [other] : { ...value, [member]: other })),
    );
    return Array.isArray(value) ? inside : [{ ...value, [mark]: { admin: true } }, ...inside];
  };
  return marked(body).map((one) => JSON.stringify(one).replace('\\u0001', name));
}

describe('every route of the OpenAPI document', () => {
  let api: ApiUnderTest;
  let calls: RouteCall[];
  let token: string;
  beforeAll(async () => {
    api = await apiUnderTest();
    calls = await everyRoute(api);
    token = api.admin.key('all', ...scopes);
  });

  const send = ({ method, path }: RouteCall, payload?: string, query = '') =>
    api.app.inject({
      method,
      url: path + query,
      headers: {
        authorization: `Bearer ${token}`,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(payload === undefined ? {} : { payload }),
    });

  it('refuses a query nobody knows, names that every object has among them', async () => {
    for (const call of calls) {
      const body = call.body && JSON.stringify(call.body);
      for (const name of [...strange, '__proto__[admin]', 'constructor.prototype.admin']) {
        const { statusCode } = await send(call, body, `?${name}=1`);
        expect(statusCode, `${call.method} ${call.url}?${name}`).toBe(400);
      }
    }
  });

  it('refuses a member nobody knows at every depth of its body, and no object of ours is touched by it', async () => {
    const taking = calls.filter(({ body }) => body !== undefined);
    expect(taking.length).toBeGreaterThan(25);
    for (const call of taking) {
      for (const name of strange) {
        for (const text of withMember(call.body ?? {}, name)) {
          const { statusCode } = await send(call, text);
          expect(statusCode, `${call.method} ${call.url} ${text}`).toBe(400);
        }
      }
    }
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('refuses what is said in a body where none is taken, so that nothing is opened that was not meant to be', async () => {
    const bare = calls.filter(({ method, body }) => method !== 'GET' && body === undefined);
    expect(bare.length).toBeGreaterThan(15);
    for (const call of bare) {
      for (const text of ['{"dry_run": true}', '[]', '"x"', '0']) {
        const { statusCode } = await send(call, text);
        expect(statusCode, `${call.method} ${call.url} ${text}`).toBe(400);
      }
      for (const text of ['{}', 'null', '']) {
        const { statusCode } = await send(call, text);
        expect(statusCode, `${call.method} ${call.url} ${text}`).not.toBe(400);
      }
    }
    expect(api.admin.unlocked).toHaveLength(3);
  });

  it('refuses a body of 10 MB, whether it takes one or not; only an import is read', async () => {
    const large = JSON.stringify({ last_name: 'x'.repeat(10_000_000) });
    for (const call of calls.filter(({ method }) => method !== 'GET')) {
      const { statusCode } = await send(call, large);
      const isImport = call.url === '/v1/imports';
      expect(statusCode, `${call.method} ${call.url}`).toBe(isImport ? 400 : 413);
    }
  });
});
