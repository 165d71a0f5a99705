import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { clashLimit } from '../../src/api/clash-limit.ts';
import { scopes } from '../../src/schema/record.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId, readerId } from './fake-admin.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await apiUnderTest();
  const value = '4711';
  await api.call('POST', '/v1/credentials', { user_id: doorId, kind: 'pin', value });
});
const guess = (user_id: string, query = '') => ({
  url: `/v1/credentials${query}`,
  body: { user_id, kind: 'pin', value: '4711' },
});

describe('finding out PINs through the API', () => {
  const ways: [name: string, url: string, body: object, learns: number][] = [
    ['clashes', ...Object.values(guess(readerId)), 409],
    ['clashes in dry runs', ...Object.values(guess(readerId, '?dry_run=true')), 409],
    ["a person's own PIN", ...Object.values(guess(doorId)), 200],
    ['wrong tries at a reader', '/v1/try', { reader_id: readerId, pin: '9999' }, 200],
  ] as [string, string, object, number][];
  for (const [name, url, body, learns] of ways) {
    it(`is slowed after eleven in a minute: ${name}`, async () => {
      for (let i = 0; i < 11; i++) expect((await api.call('POST', url, body)).status).toBe(learns);
      const refused = await api.call('POST', url, body);
      expect([refused.status, refused.body['code'], refused.body['retriable']]).toEqual([
        429,
        'too_many_requests',
        true,
      ]);
      expect(refused.headers['retry-after']).toBe('60');
      api.clock.advance(60_000);
      expect((await api.call('POST', url, body)).status).toBe(learns);
    });
  }

  it('is slowed alike by replacing, changing, and taking over from a device', async () => {
    const create = (user_id: string, value: string) =>
      api.call('POST', '/v1/credentials', { user_id, kind: 'pin', value });
    const own = await create(readerId, '7183');
    await create(readerId, '71834');
    const named = { user_id: readerId, kind: 'pin', value: '4711' };
    const others: [method: string, url: string, body: object][] = [
      ['PUT', '/v1/credentials/by-external-id/k', named],
      ['PATCH', `/v1/credentials/${own.body['id']}`, { value: '4711' }],
      ['POST', `/v1/holders/${doorId}/slots/3/adopt`, { user_id: doorId }],
    ];
    for (const [method, url, body] of others) {
      for (let i = 0; i < 11; i++) expect((await api.call(method, url, body)).status, url).toBe(409);
      expect((await api.call(method, url, body)).status, url).toBe(429);
      api.clock.advance(60_000);
    }
    const blocked = { valid_until: null };
    for (let i = 0; i < 11; i++) await create(readerId, '4711');
    expect((await api.call('PATCH', `/v1/credentials/${own.body['id']}`, blocked)).status).toBe(200);
  });

  it('counts each clash of an import, and refuses the next one', async () => {
    const { run } = api.admin.imports;
    const problem = { code: 'card_in_use', detail: '', errors: [] };
    const row = {
      index: 0,
      outcome: 'failed',
      kind: 'credential',
      id: null,
      external_id: null,
      problem,
    } as const;
    api.admin.imports.run = async (...given) => ({ ...(await run(...given)), rows: Array(11).fill(row) });
    const imported = () => api.call('POST', '/v1/imports?dry_run=true', { users: [] });
    expect((await imported()).status).toBe(200);
    expect((await imported()).status).toBe(429);
    api.clock.advance(60_000);
    expect((await imported()).status).toBe(200);
  });

  it('by one key does not hinder another of the same name, nor other writes of the same key', async () => {
    const { url, body } = guess(readerId);
    for (let i = 0; i < 12; i++) await api.call('POST', url, body);
    const other = api.as(api.admin.key('portal', 'credentials:write'));
    expect((await other('POST', url, body)).status).toBe(409);
    expect((await api.call('POST', '/v1/users', { last_name: 'Doe' })).status).toBe(201);
  });

  it('is no way to learn anything for who may read PINs, and is not slowed', async () => {
    const all = api.as(api.admin.key('admin', ...scopes));
    const { url, body } = guess(readerId);
    for (let i = 0; i < 20; i++) expect((await all('POST', url, body)).status).toBe(409);
  });
});

describe('clashLimit', () => {
  it('agrees with counting: never more than eleven in any minute of a caller who waits as told', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 80 }), (pauses) => {
        const limit = clashLimit();
        const done: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          const inWindow = done.filter((time) => now - time < 60_000).length;
          expect(limit.waitMs('a', now) > 0).toBe(inWindow > 10);
          if (limit.waitMs('a', now) > 0) now += limit.waitMs('a', now);
          limit.clash('a', now);
          done.push(now);
          expect(limit.waitMs('b', now)).toBe(0);
        }
      }),
    );
  });
});
