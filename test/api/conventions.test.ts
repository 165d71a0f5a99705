import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/error.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId, readerId } from './fake-admin.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await apiUnderTest();
});

const made = async (last_name = 'Doe'): Promise<string> =>
  String((await api.call('POST', '/v1/users', { last_name })).body['id']);

describe('writes', () => {
  it('answer the stored object with its defaults, its place and its tag', async () => {
    const answer = await api.call('POST', '/v1/users', { last_name: 'Doe' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      last_name: 'Doe',
      first_name: '',
      kind: 'member',
      email: null,
      valid_until: null,
      suspended: false,
      revision: 1,
      applied: null,
      dry_run: false,
    });
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.headers['location']).toBe(`/v1/users/${answer.body['id']}`);
    const read = await api.call('GET', String(answer.headers['location']));
    expect(read.headers['etag']).toBe('"1"');
    expect(read.body).not.toHaveProperty('applied');
  });

  it('change only the members that are sent', async () => {
    const id = await made();
    const { status, body } = await api.call('PATCH', `/v1/users/${id}`, { first_name: 'Ann' });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ first_name: 'Ann', last_name: 'Doe', revision: 2 }),
    ]);
  });

  it('that take something away say whether the doors already go by it', async () => {
    const id = await made();
    expect((await api.call('POST', `/v1/users/${id}/suspend`)).body).toMatchObject({
      suspended: true,
      applied: true,
    });
    const gone = await api.call('DELETE', `/v1/users/${id}`);
    expect([gone.status, gone.body]).toMatchObject([200, { applied: true, dry_run: false }]);
    expect(gone.body).not.toHaveProperty('plan');
    expect((await api.call('GET', `/v1/users/${id}`)).status).toBe(404);
  });

  it('change nothing in a dry run', async () => {
    const id = await made();
    const dry = await api.call('POST', '/v1/users?dry_run=true', { last_name: 'Roe' });
    expect([dry.status, dry.body['dry_run']]).toEqual([200, true]);
    const plan = { actions: [expect.objectContaining({ do: 'delete', resource: `user/${id}` })], total: 1 };
    const gone = await api.call('DELETE', `/v1/users/${id}?dry_run=true`);
    expect([gone.status, gone.body]).toMatchObject([200, { applied: null, dry_run: true, plan }]);
    await api.call('POST', `/v1/users/${id}/suspend?dry_run=true`);
    const { body } = await api.call('GET', '/v1/users');
    expect(body['items']).toEqual([expect.objectContaining({ id, suspended: false, revision: 1 })]);
  });

  it('with If-Match fail with 412 and the revision that is stored', async () => {
    const id = await made();
    const stale = { 'if-match': '"7"' };
    for (const [method, url, body] of [
      ['PATCH', `/v1/users/${id}`, {}],
      ['POST', `/v1/users/${id}/suspend`, undefined],
    ] as const) {
      const answer = await api.call(method, url, body, stale);
      expect([answer.status, answer.body['code'], answer.body['revision']]).toEqual([
        412,
        'revision_mismatch',
        1,
      ]);
    }
    expect((await api.call('PATCH', `/v1/users/${id}`, {}, { 'if-match': '"1"' })).status).toBe(200);
    expect((await api.call('PATCH', `/v1/users/${id}`, {}, { 'if-match': '*' })).status).toBe(200);
  });

  it('are kept for an armed partition until it is disarmed, unless the caller would rather be refused', async () => {
    const { create } = api.admin.users;
    const asked: unknown[] = [];
    api.admin.users.create = (fields, options) => {
      asked.push(options.if_armed);
      return create(fields, options);
    };
    for (const query of ['', '?if_armed=keep', '?if_armed=reject']) {
      expect((await api.call('POST', `/v1/users${query}`, { last_name: 'Doe' })).status).toBe(201);
    }
    expect((await api.call('POST', '/v1/users?if_armed=ask', { last_name: 'Doe' })).status).toBe(400);
    expect(asked).toEqual(['keep', 'keep', 'reject']);
  });

  it('by external id create once and replace after, with the key of the path', async () => {
    const url = '/v1/users/by-external-id/portal%2F7';
    const first = await api.call('PUT', url, { last_name: 'Doe', department: 'Sales' });
    const second = await api.call('PUT', url, { last_name: 'Roe' });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toMatchObject({
      id: first.body['id'],
      external_id: 'portal/7',
      last_name: 'Roe',
      department: null,
    });
    const other = await api.call('PUT', url, { last_name: 'Poe', external_id: 'portal/8' });
    expect([other.status, other.body['code']]).toEqual([400, 'invalid_input']);
    expect((await api.call('PUT', url, { last_name: 'Poe', external_id: 'portal/7' })).status).toBe(200);
  });
});

describe('lists', () => {
  it('are pages that together hold everything once, and carry the cursor of the feed', async () => {
    for (let i = 0; i < 7; i++) await made(`Doe${i}`);
    const names: unknown[] = [];
    for (let after: unknown = '0'; after !== null; ) {
      const { body } = await api.call('GET', `/v1/users?limit=3&after=${after}`);
      names.push(...(body['items'] as { last_name: string }[]).map(({ last_name }) => last_name));
      expect(body['feed_cursor']).toBe(api.admin.feed.cursor());
      after = body['next_cursor'];
    }
    expect(names).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `Doe${i}`));
  });
});

describe('Idempotency-Key', () => {
  const key = { 'idempotency-key': 'abc' };
  it('answers a repeated request like the first, and runs it once', async () => {
    const first = await api.call('POST', '/v1/users', { last_name: 'Doe' }, key);
    const again = await api.call('POST', '/v1/users', { last_name: 'Doe' }, key);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect([again.status, again.body, again.headers['etag'], again.headers['location']]).toEqual([
      201,
      first.body,
      first.headers['etag'],
      first.headers['location'],
    ]);
    const { body } = await api.call('GET', '/v1/users');
    expect(body['items']).toHaveLength(1);
  });
  it('releases a door once', async () => {
    for (let i = 0; i < 3; i++) {
      const answer = await api.call('POST', `/v1/doors/${doorId}/unlock`, undefined, key);
      expect(answer.status).toBe(202);
    }
    expect(api.admin.unlocked).toEqual([doorId]);
  });
  it('is refused for another request, and belongs to its caller', async () => {
    await api.call('POST', '/v1/users', { last_name: 'Doe' }, key);
    const other = await api.call('POST', '/v1/users', { last_name: 'Roe' }, key);
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused']);
    const stranger = api.as(api.admin.key('stranger', 'users:write'));
    expect((await stranger('POST', '/v1/users', { last_name: 'Roe' }, key)).status).toBe(201);
  });
  it('is not used up by a dry run', async () => {
    const { admin } = api;
    expect((await api.call('POST', '/v1/users?dry_run=true', { last_name: 'Doe' }, key)).status).toBe(200);
    expect(admin.idempotent.size).toBe(0);
    const again = await api.call('POST', '/v1/users?dry_run=true', { last_name: 'Doe' }, key);
    expect(again.headers).not.toHaveProperty('idempotency-replayed');
    expect((await api.call('POST', '/v1/users', { last_name: 'Doe' }, key)).status).toBe(201);
  });
  it('is free again after a request that failed', async () => {
    expect((await api.call('POST', `/v1/users/${doorId}/suspend`, undefined, key)).status).toBe(404);
    expect((await api.call('POST', '/v1/users', { last_name: 'Doe' }, key)).status).toBe(201);
  });
  it('keeps no token and no PIN in the database', async () => {
    const body = { name: 'k', scopes: ['users:read'] };
    const { token } = (await api.call('POST', '/v1/keys', body, key)).body;
    expect((await api.call('POST', '/v1/keys', body, key)).body['token']).toBeNull();
    const pin = { user_id: doorId, kind: 'pin', value: '7294618035' };
    await api.call('POST', '/v1/credentials', pin, { 'idempotency-key': 'pin' });
    const kept = JSON.stringify([...api.admin.idempotent]);
    expect(kept).not.toContain(String(token));
    expect(kept).not.toContain('7294618035');
  });
});

describe('API keys', () => {
  it('show no token in a dry run, and open nothing once they are removed', async () => {
    const body = { name: 'k', scopes: ['users:read'] };
    expect((await api.call('POST', '/v1/keys?dry_run=true', body)).body['token']).toBeNull();
    const { id, token } = (await api.call('POST', '/v1/keys', body)).body;
    const holder = api.as(String(token));
    expect((await holder('GET', '/v1/users')).status).toBe(200);
    expect((await api.call('DELETE', `/v1/keys/${id}`)).status).toBe(200);
    expect((await holder('GET', '/v1/users')).status).toBe(401);
  });
});

describe('operations', () => {
  it('follow an unlock to its end', async () => {
    const started = await api.call('POST', `/v1/doors/${doorId}/unlock`);
    expect([started.status, started.body['status'], started.body['resource']]).toEqual([
      202,
      'pending',
      `door/${doorId}`,
    ]);
    const ended = await api.call('GET', `${started.headers['location']}?wait=1`);
    expect(ended.body['status']).toBe('succeeded');
  });
  it('carry the report of an import; a dry run has it at once', async () => {
    const body = { users: [{ last_name: 'Doe' }] };
    const started = await api.call('POST', '/v1/imports', body);
    const ended = await api.call('GET', String(started.headers['location']));
    expect(ended.body['result']).toMatchObject({ dry_run: false, counts: { added: 1 } });
    const dry = await api.call('POST', '/v1/imports?dry_run=true', body);
    expect([dry.status, dry.body]).toEqual([200, expect.objectContaining({ dry_run: true })]);
  });
});

describe('problem documents', () => {
  it('have all members of RFC 9457 and ours, name the answer, and are never cached', async () => {
    const { status, headers, body } = await api.call('GET', `/v1/users/${doorId}`);
    expect(status).toBe(404);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      type: 'urn:postern:error:not_found',
      title: 'Not found',
      status: 404,
      detail: 'no such user',
      instance: headers['x-request-id'],
      code: 'not_found',
      retriable: false,
      errors: [],
    });
  });
  it('of a fault of our own say nothing of it; the log has it under the same id', async () => {
    for (const fault of [
      new Error('boom in /var/lib'),
      new AppError('internal', 'boom in /var/lib'),
      'boom',
    ]) {
      api.admin.system = () => {
        throw fault;
      };
      const { status, body, text } = await api.call('GET', '/v1/system');
      expect([status, body['code']]).toEqual([500, 'internal']);
      expect(text).not.toMatch(/boom|\/var\/lib|\.ts/);
      const id = String(body['instance']).replace('urn:uuid:', '');
      expect(api.log.some((line) => line.includes(id) && line.includes('boom'))).toBe(true);
    }
  });
  it('that are worth a repetition say when', async () => {
    api.admin.system = () => {
      throw new AppError('doors_unreachable', 'the door process does not answer');
    };
    const { status, headers, body } = await api.call('GET', '/v1/system');
    expect([status, body['retriable'], headers['retry-after']]).toEqual([503, true, '1']);
  });
});

describe('the doors', () => {
  it('are shown with what the site file says and how they are, in instants', async () => {
    const { body } = await api.call('GET', `/v1/doors/${doorId}`);
    expect(body).toMatchObject({
      name: 'front',
      reader_ids: [readerId],
      lock: 'secured',
      contact: 'closed',
      locked_out_until: '2026-03-02T09:00:00.000Z',
    });
    const { body: readers } = await api.call('GET', '/v1/readers');
    expect(readers['items']).toEqual([
      expect.objectContaining({ door_id: doorId, online: true, exchanges: 7 }),
    ]);
  });
  it('are unknown, not secured, while the door process is silent', async () => {
    api.admin.doors.status = () => null;
    const { body } = await api.call('GET', '/v1/doors');
    expect(body['items']).toEqual([
      expect.objectContaining({ lock: 'unknown', contact: 'unknown', lock_online: null }),
    ]);
  });
});

describe('trying', () => {
  const rows: [body: object, pointer: string][] = [
    [{}, ''],
    [{ pin: '1234', card: '1:2' }, ''],
    [{ pin: '12ab' }, '/pin'],
    [{ card: 'x:1' }, '/card'],
    [{ pin: '1234', open: true, at: '2026-03-02T09:00:00Z' }, '/at'],
  ];
  for (const [body, pointer] of rows) {
    it(`refuses ${JSON.stringify(body)}`, async () => {
      const answer = await api.call('POST', '/v1/try', { reader_id: readerId, ...body });
      expect(answer.status).toBe(400);
      expect(answer.body['errors']).toEqual([expect.objectContaining({ pointer })]);
    });
  }
});
