import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId } from './fake-admin.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await apiUnderTest();
});

const json = { 'content-type': 'application/json' };
const errorsOf = (answer: Answer) => answer.body['errors'] as { pointer: string; detail: string }[];

describe('a body that does not fit its schema', () => {
  const good = { last_name: 'Doe' };
  const rows: [name: string, url: string, body: unknown, pointer: string, says: string][] = [
    ['a missing member', '/v1/users', {}, '/last_name', 'is required'],
    [
      'a mistyped member',
      '/v1/users',
      { ...good, frist_name: 'A' },
      '/frist_name',
      'did you mean first_name?',
    ],
    ['an unknown member', '/v1/users', { ...good, xyz: 1 }, '/xyz', 'known here: external_id'],
    ['a number for a text', '/v1/users', { last_name: 5 }, '/last_name', 'must be a string'],
    ['a text for a boolean', '/v1/credentials', { duress: 'true' }, '/duress', 'must be a boolean'],
    ['a number for a PIN', '/v1/credentials', { value: 1234 }, '/value', 'must be a string'],
    ['a value not in the list', '/v1/users', { ...good, kind: 'x' }, '/kind', 'must be one of member, guest'],
    [
      'a bad instant',
      '/v1/users',
      { ...good, valid_from: '2026-03-02' },
      '/valid_from',
      'such as 2026-03-02T09:00:00Z',
    ],
    [
      'a day that is none',
      '/v1/users',
      { ...good, valid_from: '2026-02-30T00:00:00Z' },
      '/valid_from',
      'must be an instant',
    ],
    ['a bad UUID', '/v1/access', { user_id: '7' }, '/user_id', 'must be a UUID'],
    ['a bad e-mail address', '/v1/users', { ...good, email: 'at' }, '/email', 'must be an e-mail address'],
    ['no telephone number', '/v1/users', { ...good, mobile: 'ask' }, '/mobile', 'such as +49 170 1234567'],
    ['no language', '/v1/users', { ...good, language: 'German' }, '/language', 'such as de or pt-BR'],
    ['no type', '/v1/webhooks', { url: 'http://a', types: ['*'] }, '/types/0', 'such as access.*'],
    ['an empty name', '/v1/users', { last_name: '' }, '/last_name', 'must not be empty'],
    ['a blank name', '/v1/users', { last_name: ' ' }, '/last_name', 'with no space at either end'],
    ['a name of two lines', '/v1/users', { last_name: 'a\r\nb' }, '/last_name', 'one line of text'],
    [
      'a name that clears the terminal',
      '/v1/users',
      { ...good, first_name: '\u001b[2J' },
      '/first_name',
      'one line',
    ],
    [
      'one with a C1 control',
      '/v1/door_groups',
      { name: 'a\u009b2J', door_ids: [] },
      '/name',
      'one line of text',
    ],
    ['a long name', '/v1/users', { last_name: 'x'.repeat(101) }, '/last_name', 'at most 100 characters'],
    ['a number out of range', '/v1/credentials', { uses_left: -1 }, '/uses_left', 'from 0 to 1000000'],
    ['a fraction', '/v1/credentials', { uses_left: 1.5 }, '/uses_left', 'must be an integer or null'],
    [
      'two targets',
      '/v1/access',
      { user_id: doorId, target: { door_id: doorId, partition: 'a' } },
      '/target',
      'must be one of { door_id }, { door_group_id }, { partition }',
    ],
    [
      'a fault in the target that was meant',
      '/v1/access',
      { user_id: doorId, target: { door_id: 'front' } },
      '/target/door_id',
      'must be a UUID',
    ],
    [
      'a mode that is none',
      `/v1/doors/${doorId}/mode`,
      { mode: 'open' },
      '/mode',
      'must be one of normal, unlocked, card_and_pin, disabled',
    ],
    [
      'a mode of the wrong type',
      `/v1/doors/${doorId}/mode`,
      { mode: 5 },
      '/mode',
      'must be one of normal, unlocked, card_and_pin, disabled, null',
    ],
    [
      'a deep fault',
      '/v1/door_groups',
      { name: 'a', door_ids: [doorId, 'b'] },
      '/door_ids/1',
      'must be a UUID',
    ],
    [
      'a fault in a row',
      '/v1/imports',
      { users: [good, { last_name: 7 }] },
      '/users/1/last_name',
      'must be a string',
    ],
    ['an array', '/v1/users', [], '', 'must be an object'],
    ['null', '/v1/users', null, '', 'must be an object'],
  ];
  for (const [name, url, body, pointer, says] of rows) {
    it(`${name}: 400 says where and what would be right`, async () => {
      const answer = await api.call('POST', url, JSON.stringify(body), json);
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_input']);
      expect(errorsOf(answer).find((error) => error.pointer === pointer)?.detail).toContain(says);
    });
  }

  it('tells in each row the fault in the branch that was meant there', async () => {
    const targets = [
      { door_id: 'front' },
      { partition: 'x'.repeat(65) },
      {},
      { door_group_id: doorId, x: 1 },
    ];
    const users = targets.map((target) => ({ ...good, access: [{ target }] }));
    const answer = await api.call('POST', '/v1/imports', { users });
    const choice = expect.stringContaining('must be one of { door_id }');
    expect(errorsOf(answer)).toEqual([
      { pointer: '/users/0/access/0/target/door_id', detail: 'must be a UUID' },
      { pointer: '/users/1/access/0/target/partition', detail: 'must have at most 64 characters' },
      { pointer: '/users/2/access/0/target', detail: choice },
      { pointer: '/users/3/access/0/target', detail: choice },
    ]);
  });

  it('tells of all faults at once, at most a hundred', async () => {
    const two = await api.call('POST', '/v1/users', { kind: 'x', email: 'y' });
    expect(new Set(errorsOf(two).map(({ pointer }) => pointer))).toEqual(
      new Set(['/last_name', '/kind', '/email']),
    );
    const many = await api.call('POST', '/v1/door_groups', { name: 'a', door_ids: Array(500).fill(0) });
    expect(errorsOf(many)).toHaveLength(100);
  });

  it('is needed where the call takes one', async () => {
    expect((await api.call('POST', '/v1/users')).status).toBe(400);
    expect((await api.call('POST', '/v1/users', '', json)).status).toBe(400);
  });

  it('never has its rejected value repeated, nor a name that may be a value', async () => {
    const secret = '9182736455';
    const bodies = [
      { user_id: doorId, kind: 'pin', value: [secret] },
      { user_id: secret, kind: secret, value: secret, [secret]: secret },
      { user_id: doorId, kind: 'pin', value: secret.repeat(20) },
    ];
    for (const body of bodies) {
      const answer = await api.call('POST', '/v1/credentials', body);
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(secret);
    }
  });
});

describe('a body that is not JSON', () => {
  const rows: [text: string, where: string][] = [
    ['{"last_name": }', 'line 1, column 15'],
    ['{"last_name": "a"\n"kind": "guest"}', 'line 2, column 1'],
    ['{"value": "zq4711', 'line 1, column 11'],
    ["{'last_name': 'a'}", 'line 1, column 2'],
    ['{"last_name": "a"} x', 'line 1, column 20'],
  ];
  for (const [text, where] of rows) {
    it(`${JSON.stringify(text)}: 400 says from where on, and quotes nothing`, async () => {
      const answer = await api.call('POST', '/v1/users', text, json);
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_input']);
      expect(answer.body['detail']).toContain(where);
      expect(answer.text).not.toContain('zq4711');
    });
  }
});

describe('prototype members', () => {
  for (const text of [
    '{"last_name": "a", "__proto__": {"admin": true}}',
    '{"last_name": "a", "\\u005f_proto__": {"admin": true}}',
    '{"last_name": "a", "constructor": {"prototype": {"admin": true}}}',
    '{"last_name": "a", "constructor": 1}',
    '{"last_name": "a", "toString": 1, "hasOwnProperty": 1}',
    '{"users": [{"last_name": "a", "__proto__": {"admin": true}}]}',
  ]) {
    it(`are refused and touch nothing: ${text}`, async () => {
      for (const url of ['/v1/users', '/v1/imports']) {
        const answer = await api.call('POST', url, text, json);
        expect(answer.status).toBe(400);
      }
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    });
  }
  it('are refused in a query too', async () => {
    for (const query of ['__proto__=1', 'constructor=1', '__proto__[admin]=1']) {
      expect((await api.call('GET', `/v1/users?${query}`)).status).toBe(400);
    }
  });
});

describe('sizes and kinds of bodies', () => {
  it('refuses more than 1 MiB with 413, also where no length is declared', async () => {
    const large = JSON.stringify({ last_name: 'x'.repeat(10_000_000) });
    const answer = await api.call('POST', '/v1/users', large, json);
    expect([answer.status, answer.body['code']]).toEqual([413, 'body_too_large']);
    expect(answer.body['detail']).toContain('1048576');
  });
  it('takes 10 MB of import', async () => {
    const users = Array.from({ length: 10_000 }, () => ({
      last_name: 'x'.repeat(90),
      department: 'y'.repeat(100),
    }));
    const body = JSON.stringify({ users, mode: 'merge' }).padEnd(10_000_000);
    const answer = await api.call('POST', '/v1/imports?dry_run=true', body, json);
    expect([answer.status, answer.body['counts']]).toEqual([200, expect.objectContaining({ added: 10_000 })]);
  });
  it('refuses other kinds than JSON with 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      const answer = await api.call('POST', '/v1/users', 'last_name=a', { 'content-type': type });
      expect([answer.status, answer.body['code']]).toEqual([415, 'unsupported_media_type']);
    }
  });
  it('takes JSON declared on a call that has no body', async () => {
    const answer = await api.call('POST', `/v1/doors/${doorId}/unlock`, undefined, json);
    expect(answer.status).toBe(202);
  });
});

describe('paths, methods, queries and headers', () => {
  it('answers 404 to unknown paths and unknown things', async () => {
    for (const url of ['/', '/v1', '/v1/nothing', '/v2/users', `/v1/users/${doorId}`, '/v1/users/a/b/c']) {
      const answer = await api.call('GET', url);
      expect([url, answer.status, answer.body['code']]).toEqual([url, 404, 'not_found']);
    }
  });
  it('answers 405 with Allow to other methods', async () => {
    const answer = await api.call('PUT', `/v1/users/${doorId}`);
    expect([answer.status, answer.body['code']]).toEqual([405, 'method_not_allowed']);
    const allowed = (given: Answer) => String(given.headers['allow']).split(', ').sort();
    expect(allowed(answer)).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH']);
    // Two routes serve this path.
    const calendar = await api.call('PUT', `/v1/schedules/${doorId}.ics`);
    expect(allowed(calendar)).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH']);
  });
  const rows: [url: string, pointer: string, says: string][] = [
    ['/v1/users?limit=0', 'query:limit', 'from 1 to 500'],
    ['/v1/users?limit=501', 'query:limit', 'from 1 to 500'],
    ['/v1/users?limit=ten', 'query:limit', 'must be an integer'],
    ['/v1/users?limit=1&limit=2', 'query:limit', 'must be an integer'],
    ['/v1/users?limt=1', 'query:limt', 'did you mean limit?'],
    ['/v1/feed?wait=60', 'query:wait', 'from 0 to 55'],
    ['/v1/feed?types=*', 'query:types', 'separated by commas'],
    ['/v1/users/seven', 'path:id', 'must be a UUID'],
    ['/v1/doors?dry_run=true', 'query:dry_run', 'nothing is taken here'],
  ];
  for (const [url, pointer, says] of rows) {
    it(`${url}: 400 at ${pointer}`, async () => {
      const answer = await api.call('GET', url);
      expect(answer.status).toBe(400);
      expect(errorsOf(answer)).toEqual([{ pointer, detail: expect.stringContaining(says) }]);
    });
  }
  it('does not open a door for a caller who meant a dry run', async () => {
    const before = api.admin.unlocked.length;
    expect((await api.call('POST', `/v1/doors/${doorId}/unlock?dry_run=true`)).status).toBe(400);
    expect(api.admin.unlocked).toHaveLength(before);
  });
  it('refuses an If-Match that is no ETag of ours', async () => {
    const answer = await api.call('DELETE', `/v1/users/${doorId}`, undefined, { 'if-match': '3' });
    expect(errorsOf(answer)[0]?.pointer).toBe('header:if-match');
  });
  it('refuses a broken escape in a path without repeating it', async () => {
    const answer = await api.call('GET', '/v1/users/%E0%A4%A');
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('%E0');
  });
});

describe('texts made to keep a regular expression busy', () => {
  it('are refused by length all the same', async () => {
    const texts = [
      'a'.repeat(300_000),
      'a.'.repeat(150_000),
      `${'a-'.repeat(150_000)}@b`,
      ' '.repeat(300_000),
      `a@${'b.'.repeat(150_000)}`,
    ];
    for (const email of texts) {
      const answer = await api.call('POST', '/v1/users', {
        last_name: 'a',
        email,
        language: email,
        mobile: email,
      });
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_input']);
    }
  });
});
