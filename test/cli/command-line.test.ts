import { describe, expect, test } from 'vitest';
import { type Commands, commandLine } from '../../src/cli/command-line.ts';
import { scopes } from '../../src/schema/record.ts';
import { type Answer, type Call, fakeDaemon } from './fake-daemon.ts';

const commands: Commands = {
  status: () => import('../../src/cli/status.ts'),
  try: () => import('../../src/cli/try.ts'),
  users: () => import('../../src/cli/users.ts'),
  events: () => import('../../src/cli/events.ts'),
  key: () => import('../../src/cli/key.ts'),
};

async function postern(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    env,
  };
  const exit = await commandLine(argv, io, commands);
  return { exit, out, err };
}

async function withDaemon(argv: readonly string[], answer: Answer) {
  const { socket, calls } = await fakeDaemon(answer);
  return { ...(await postern(argv, { POSTERN_SOCKET: socket })), calls };
}

const reader = (name: string) => ({
  id: `id of ${name}`,
  name,
  port: 'readers',
  address: 0,
  online: true,
  secure: true,
  security: 'paired',
  damaged: 2,
  timeouts: 1,
  recent: { span_ms: 300_000, exchanges: 5_998, resends: 2, timeouts: 1, damaged: 2, refusals: 0, busy: 0 },
  outputs: [],
});
const readers = { items: [reader('front'), reader('back')] };

describe('calling it wrongly', () => {
  test.each([
    [[], 'usage: postern COMMAND'],
    [['statsu'], 'did you mean status?'],
    [['__proto__'], 'no such command'],
    [['constructor'], 'no such command'],
    [['status', '--jsno'], 'unknown option --jsno'],
    [['users', '--q'], '--q needs a value'],
    [['status', 'now'], 'a word too many'],
    [['try', '--pin', '1234'], '--reader is missing'],
    [['try', '--reader', 'front'], 'one of --pin and --card'],
    [['try', '--reader', 'front', '--pin', '1234', '--card', '1:2'], 'one of --pin and --card'],
    [['try', '--reader', 'front', '--pin', '1234', '--open', '--at', '2026-03-02'], 'do not go together'],
    [['try', '--reader', 'front', '--pin', '1234', '--at', 'noon'], '--at is a time'],
    [['key', 'mint'], 'say create, list or remove'],
    [['key', 'create', '--name', 'x', '--scopes', 'feed:raed'], 'no scope; did you mean feed:read?'],
    [['key', 'remove'], 'needs the name'],
    [['events', '--since', 'lately'], '--since is a duration'],
    [['events', '--type', 'door.opened,acess.*'], 'no type of event; did you mean access.*?'],
  ])('%j exits with 2 and says what would be right', async (argv, says) => {
    const { exit, out, err } = await withDaemon(argv, () => ({ body: { time: '2026-03-02T09:00:00.000Z' } }));
    expect(exit).toBe(2);
    expect(err).toContain(says);
    expect(err).toContain('usage:');
    expect(out).toBe('');
  });

  test('a PIN on a wrong command line is never shown', async () => {
    for (const argv of [
      ['try', '--reader', 'front', '471199'],
      ['try', '--reader', 'front', '--pni', '471199'],
      ['try', '--reader', 'front', '--pni=471199'],
      ['try', '--reader', 'front', '--pin471199'],
      ['try', '--open=471199', '--reader', 'front'],
      ['471199'],
    ]) {
      const { exit, out, err } = await postern(argv);
      expect(exit).toBe(2);
      expect(out + err).not.toContain('471199');
    }
  });

  test('help goes to standard output and is no error', async () => {
    for (const argv of [['help'], ['--help'], ['try', '--help']]) {
      const { exit, out, err } = await postern(argv);
      expect([exit, err]).toEqual([0, '']);
      expect(out).toContain('usage: postern');
    }
  });
});

test('--version says which one this is', async () => {
  const { exit, out } = await postern(['--version']);
  expect(exit).toBe(0);
  expect(out).toMatch(/^Postern \d+\.\d+\.\d+\n$/);
});

describe('when the daemon cannot be asked', () => {
  test('without a socket it says so, and how to name another; exit code 7', async () => {
    const { exit, err } = await postern(['status', '--socket', '/nowhere/admin.sock']);
    expect(exit).toBe(7);
    expect(err).toContain('/nowhere/admin.sock');
    expect(err).toContain('Is Postern running?');
  });

  test("an error of the API is told with its places, and gives its code's exit code", async () => {
    const { exit, err } = await withDaemon(['users', '--q', 'x'], () => ({
      status: 404,
      body: { code: 'not_found', detail: 'there is no such thing', errors: [] },
    }));
    expect(exit).toBe(5);
    expect(err).toContain('there is no such thing');
    const bad = await withDaemon(['users', '--q', 'x'], () => ({
      status: 400,
      body: {
        code: 'invalid_input',
        detail: 'bad query',
        errors: [{ pointer: 'query:q', detail: 'too odd' }],
      },
    }));
    expect(bad.exit).toBe(2);
    expect(bad.err).toContain('query:q: too odd');
  });

  test('a code of a newer daemon is an error like any other', async () => {
    const { exit } = await withDaemon(['users'], () => ({ status: 418, body: { code: 'constructor' } }));
    expect(exit).toBe(1);
  });
});

test('a mistake that the message tells whole is told once', async () => {
  const { err } = await withDaemon(['users', '--q', ''], () => ({
    status: 400,
    body: {
      code: 'invalid_input',
      detail: 'query:q must not be empty',
      errors: [{ pointer: 'query:q', detail: 'must not be empty' }],
    },
  }));
  expect(err).toBe('postern users: query:q must not be empty (invalid_input)\n');
});

describe('try', () => {
  const decided = (granted: boolean) => ({
    granted,
    reason: granted ? 'granted' : 'wrong_pin',
    user_id: granted ? 'u' : null,
    credential_id: granted ? 'c' : null,
    duress: false,
    use: null,
  });

  test('asks for the reader by its name, and tells the decision and whose it is', async () => {
    const argv = ['try', '--reader', 'back', '--card', '12:3456', '--at', '2026-03-02T10:00'];
    const { exit, out, calls } = await withDaemon(argv, ({ path }) =>
      path === '/v1/readers'
        ? { body: readers }
        : path === '/v1/system'
          ? { body: { time: '2026-03-02T09:00:00.000Z', time_zone: 'Europe/Berlin' } }
          : path === '/v1/users/u'
            ? { body: { first_name: 'Ada', last_name: 'Lovelace' } }
            : { body: decided(true) },
    );
    expect(exit).toBe(0);
    expect(out).toBe('granted, Ada Lovelace, credential c\n');
    expect(calls.at(2)).toEqual({
      method: 'POST',
      path: '/v1/try',
      query: {},
      body: { reader_id: 'id of back', card: '12:3456', at: '2026-03-02T09:00:00.000Z', open: false },
    });
  });

  test('a refusal has its reason and an exit code of its own; the PIN is not repeated', async () => {
    const { exit, out, err, calls } = await withDaemon(
      ['try', '--reader', 'front', '--pin', '471199'],
      ({ path }) => (path === '/v1/readers' ? { body: readers } : { body: decided(false) }),
    );
    expect(exit).toBe(8);
    expect(out).toBe('refused: wrong_pin\n');
    expect(out + err).not.toContain('471199');
    expect(calls.at(-1)?.body).toEqual({ reader_id: 'id of front', pin: '471199', open: false });
  });

  test('a reader with a slip in its name is suggested', async () => {
    const { exit, err } = await withDaemon(['try', '--reader', 'frnt', '--pin', '1'], () => ({
      body: readers,
    }));
    expect(exit).toBe(5);
    expect(err).toContain('did you mean front?');
  });
});

describe('users', () => {
  test('follows the pages to the end; names cannot command the terminal', async () => {
    const user = (last_name: string) => ({
      id: last_name,
      first_name: '',
      last_name,
      kind: 'member',
      suspended: false,
      valid_until: null,
      external_id: null,
    });
    const { out, calls } = await withDaemon(['users', '--q', 'a'], ({ query }) =>
      query['after'] === undefined
        ? { body: { items: [user('\u001b[31mEve')], next_cursor: 'page 2' } }
        : { body: { items: [user('Adam')], next_cursor: null } },
    );
    const asked = calls.filter(({ path }) => path === '/v1/users');
    expect(asked.map(({ query }) => query)).toEqual([
      { limit: '500', q: 'a' },
      { limit: '500', after: 'page 2', q: 'a' },
    ]);
    expect(out).toContain('?[31mEve');
    expect(out).toContain('Adam');
    expect(out).not.toContain('\u001b');
  });
});

describe('events', () => {
  const entry = (time: string) => ({
    seq: 1,
    id: 'e',
    type: 'door.opened',
    time,
    resource: 'door/d',
    revision: null,
    data: { a: 1, b: null },
  });
  const system = { time: '2026-03-02T09:00:00.000Z', time_zone: 'Europe/Berlin', feed_cursor: 'now' };
  const user = '0195532e-5c00-7000-8000-000000000001';
  /** What the daemon knows by name, and the feed. */
  const answered = (path: string, feed: () => { status?: number; body?: unknown }) => {
    if (path === '/v1/system') return { body: system };
    if (path === '/v1/doors') return { body: { items: [{ id: 'd', name: 'front', lock_id: 'l' }] } };
    if (path === '/v1/readers') return { body: { items: [{ id: 'r', name: 'outside' }] } };
    if (path === '/v1/holders') return { body: { items: [{ id: 'h', name: 'store', partitions: [] }] } };
    if (path === `/v1/users/${user}`) return { body: { first_name: 'Ada', last_name: 'Lovelace' } };
    return path === '/v1/feed' ? feed() : { status: 404, body: { code: 'not_found', detail: 'gone' } };
  };
  const feedOf = (calls: readonly Call[]) => calls.filter(({ path }) => path === '/v1/feed');

  test('a line tells a person when, what, where and who, without ids and without what says nothing', async () => {
    const at = { seq: 1, id: 'e', time: system.time, revision: null };
    const lost = '0195532e-5c00-7000-8000-000000000002';
    const access = { reader_id: 'r', reason: 'granted', user_id: user, credential_id: null };
    const ada = {
      id: user,
      first_name: 'Ada',
      last_name: 'Lovelace',
      kind: 'member',
      email: null,
      suspended: false,
    };
    const confirmation = {
      credential_id: 'k',
      user_id: user,
      holder_id: 'h',
      slot: 3,
      state: 'confirmed',
      evidence: 'read_back',
      attempt: 0,
      seq: 4,
    };
    const items = [
      { ...at, type: 'access.granted', resource: 'door/d', data: access },
      { ...at, type: 'lock.offline', resource: 'lock/l', data: { reason: 'silent' } },
      { ...at, type: 'user.created', resource: `user/${user}`, data: { ...ada, revision: 1 } },
      { ...at, type: 'user.updated', resource: `user/${user}`, data: { ...ada, suspended: true } },
      {
        ...at,
        type: 'access.refused',
        resource: 'door/d',
        data: { ...access, reason: 'expired', user_id: lost },
      },
      { ...at, type: 'confirmation.confirmed', resource: 'confirmation/c', data: confirmation },
      { ...at, type: 'system.started', resource: 'system/s', data: { version: '1', table: 'none' } },
    ];
    const { out } = await withDaemon(['events'], ({ path }) =>
      answered(path, () => ({ body: { items, cursor: 'x', more: false } })),
    );
    expect(out.trimEnd().split('\n')).toEqual([
      '2026-03-02 10:00:00  access.granted  front  reader=outside  reason=granted  user=Ada Lovelace',
      '2026-03-02 10:00:00  lock.offline  front  reason=silent',
      '2026-03-02 10:00:00  user.created  Ada Lovelace  kind=member',
      '2026-03-02 10:00:00  user.updated  Ada Lovelace  kind=member  suspended',
      `2026-03-02 10:00:00  access.refused  front  reader=outside  reason=expired  user=${lost}`,
      '2026-03-02 10:00:00  confirmation.confirmed  confirmation  user=Ada Lovelace  holder=store  slot=3  evidence=read_back',
      '2026-03-02 10:00:00  system.started  system  version=1  table=none',
    ]);
  });

  test('all that is kept, page by page, and then it ends', async () => {
    const { exit, out, err, calls } = await withDaemon(['events', '--type', 'door.*'], ({ path, query }) =>
      answered(path, () => ({
        body: {
          items: [entry(system.time)],
          cursor: `${query['after']}+`,
          more: query['after'] === undefined,
        },
      })),
    );
    expect(exit).toBe(0);
    expect(out).toBe('2026-03-02 10:00:00  door.opened  front  a=1\n'.repeat(2));
    expect(err).toBe('times are those of Europe/Berlin\n');
    expect(feedOf(calls).map(({ query }) => query)).toEqual([
      { limit: '500', types: 'door.*', wait: '0' },
      { after: 'undefined+', limit: '500', types: 'door.*', wait: '0' },
    ]);
  });

  test("--since counts back from the daemon's clock", async () => {
    const { out } = await withDaemon(['events', '--since', '15m', '--json'], ({ path }) =>
      path === '/v1/system'
        ? { body: system }
        : {
            body: {
              items: [entry('2026-03-02T08:44:59.999Z'), entry('2026-03-02T08:45:00.000Z')],
              cursor: 'x',
              more: false,
            },
          },
    );
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).time),
    ).toEqual(['2026-03-02T08:45:00.000Z']);
  });

  test('--follow begins now and goes on waiting until the daemon is gone', async () => {
    let pages = 0;
    const { exit, out, calls } = await withDaemon(['events', '--follow'], ({ path }) =>
      answered(path, () => {
        pages += 1;
        return pages < 3
          ? { body: { items: [entry(system.time)], cursor: `page ${pages}`, more: false } }
          : { status: 503, body: { code: 'storage_unavailable', detail: 'stopping' } };
      }),
    );
    expect(exit).toBe(7);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(feedOf(calls).map(({ query }) => [query['after'], query['wait']])).toEqual([
      ['now', '25'],
      ['page 1', '25'],
      ['page 2', '25'],
    ]);
  });
});

describe('key', () => {
  test('the token is printed once and alone on standard output, for scripts', async () => {
    const argv = ['key', 'create', '--name', 'portal', '--scopes', 'users:read, feed:read'];
    const { exit, out, err, calls } = await withDaemon(argv, () => ({
      status: 201,
      body: { id: 'k', token: 'pstn_secret' },
    }));
    expect(exit).toBe(0);
    expect(out).toBe('pstn_secret\n');
    expect(err).not.toContain('pstn_secret');
    expect(calls).toEqual([
      {
        method: 'POST',
        path: '/v1/keys',
        query: {},
        body: { name: 'portal', scopes: ['users:read', 'feed:read'] },
      },
    ]);
  });

  test('a key that may do all is listed so', async () => {
    const made = { id: 'k', name: 'portal', created_at: '2026-03-02T09:00:00.000Z' };
    const listed = async (may: readonly string[]) =>
      (
        await withDaemon(['key', 'list'], () => ({
          body: { items: [{ ...made, scopes: may }], time_zone: 'Europe/Berlin' },
        }))
      ).out;
    expect(await listed(scopes)).toMatch(
      /portal {2}2026-03-02 10:00:00 {2}all\ntimes are those of Europe\/Berlin\n$/,
    );
    expect(await listed(scopes.slice(0, 2))).toMatch(/ system:read system:write\n/);
  });

  test('remove finds a key by its name; where several have it, by its id', async () => {
    const keys = [
      { id: 'k1', name: 'portal' },
      { id: 'k2', name: 'portal' },
      { id: 'k3', name: 'old' },
    ];
    const remove = (name: string) =>
      withDaemon(['key', 'remove', name], ({ method }) =>
        method === 'GET' ? { body: { items: keys } } : { status: 200 },
      );
    const byName = await remove('old');
    expect(byName.exit).toBe(0);
    expect(byName.calls.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/keys/k3' });
    const several = await remove('portal');
    expect(several.exit).toBe(5);
    expect(several.err).toContain('several keys have this name: give the id instead');
    expect(several.calls.every(({ method }) => method === 'GET')).toBe(true);
    expect((await remove('k2')).calls.at(-1)).toMatchObject({ path: '/v1/keys/k2' });
    expect((await remove('../users/u')).calls.every(({ method }) => method === 'GET')).toBe(true);
  });
});
