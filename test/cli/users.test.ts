import { describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { type Answer, fakeDaemon } from './fake-daemon.ts';

const ada = {
  id: '019cadc6-9a80-7f24-bfe3-c7bb22d88d00',
  first_name: 'Ada',
  last_name: 'Lovelace',
  kind: 'member',
  suspended: false,
  valid_from: null,
  valid_until: null,
};
const row = {
  credential_id: 'c1',
  holder_id: 'p',
  slot: 2,
  state: 'confirmed',
  reason: null,
  evidence: 'read_back',
  attempt: 0,
  overdue: false,
};
const source = { access_id: 'a', schedule_id: null, valid_from: null, valid_until: null };
const paths: Record<string, object[]> = {
  '/v1/users': [ada, { ...ada, id: 'u2', last_name: 'Lovelace-King' }],
  [`/v1/users/${ada.id}/effective_access`]: [
    {
      door_id: 'd',
      sources: [
        { ...source, door_group_id: null },
        { ...source, door_group_id: 'g', schedule_id: 's' },
      ],
    },
  ],
  '/v1/credentials': [
    { id: 'c1', kind: 'pin', state: 'programmed', blocked: false, valid_until: null },
    { id: 'c2', kind: 'card', state: 'programmed', blocked: true, valid_until: null },
  ],
  '/v1/confirmations': [row, { ...row, holder_id: 'h', slot: null, state: 'pending', reason: 'panel_armed' }],
  '/v1/doors': [{ id: 'd', name: 'front' }],
  '/v1/holders': [
    { id: 'p', name: 'panel' },
    { id: 'h', name: 'side' },
  ],
  '/v1/door_groups': [{ id: 'g', name: 'wing' }],
  '/v1/schedules': [{ id: 's', name: 'office' }],
};

async function run(argv: string[], answers: Answer) {
  const { socket, calls } = await fakeDaemon(answers);
  let [out, err] = ['', ''];
  const io = {
    out(text: string) {
      out += text;
    },
    err(text: string) {
      err += text;
    },
    env: {},
  };
  const exit = await commandLine([...argv, '--socket', socket], io, {
    users: () => import('../../src/cli/users.ts'),
    webhooks: () => import('../../src/cli/webhooks.ts'),
  });
  return { exit, out, err, calls };
}

describe('users show', () => {
  const known: Answer = ({ path }) =>
    path === `/v1/users/${ada.id}` ? { body: ada } : { body: { items: paths[path], next_cursor: null } };

  test('one person by name: each way to each door, each credential at each device, and no value asked for', async () => {
    const { exit, out, calls } = await run(['users', 'show', 'Ada Lovelace'], known);
    expect(exit).toBe(0);
    expect(out).toContain(`Ada Lovelace (member), active  ${ada.id}`);
    expect(out).toMatch(/front +this door +always/);
    expect(out).toMatch(/front +wing +office/);
    expect(out).toMatch(/pin +programmed +- +panel +2 +green +read_back/);
    expect(out).toMatch(/pin +programmed +- +side +- +grey +panel armed/);
    expect(out).toMatch(/card +blocked +- +- +- +-/);
    expect(calls.some(({ query }) => 'reveal' in query)).toBe(false);
    expect(calls.filter(({ query }) => query['user_id'] === ada.id)).toHaveLength(2);
  });

  test('by id, and as JSON', async () => {
    const { out } = await run(['users', 'show', ada.id, '--json'], known);
    expect(JSON.parse(out)).toMatchObject({ user: ada, credentials: paths['/v1/credentials'] });
  });

  test('a name nobody has is told with one that is near; a verb nobody knows calls nothing', async () => {
    const near = await run(['users', 'show', 'Ada Lovelase'], known);
    expect([near.exit, near.err]).toEqual([5, expect.stringContaining('did you mean Ada Lovelace?')]);
    const nobody = await run(['users', 'show', 'Bob'], () => ({ body: { items: [], next_cursor: null } }));
    expect([nobody.exit, nobody.err]).toEqual([5, expect.stringContaining('nobody has this name')]);
    const wrong = await run(['users', 'sow', 'Ada'], known);
    expect([wrong.exit, wrong.calls]).toEqual([2, []]);
  });
});

describe('webhooks', () => {
  const webhook = {
    id: 'w1',
    url: 'https://hooks.example.com/in?token=t0psecret',
    types: ['access.*'],
    enabled: false,
    switched_off: 'failing',
  };
  const attempt = { delivered: false, status: 500, error: null, duration_ms: 12 };
  const known: Answer = ({ path }) => {
    if (path === '/v1/webhooks/w1/test') return { body: attempt };
    if (path === '/v1/webhooks') return { body: { items: [webhook], next_cursor: null } };
    return {
      body: {
        time_zone: 'Europe/Berlin',
        feed: { webhooks: [{ id: 'w1', lag: 7, failing_since: '2026-03-02T09:00:00.000Z' }] },
      },
    };
  };

  test('are listed with what waits for them, and without what their URL hides', async () => {
    const { out } = await run(['webhooks', 'list'], known);
    expect(out).toMatch(
      /https:\/\/hooks.example.com\/in +access\.\* +OFF: failing +7 +2026-03-02 10:00:00 +w1\ntimes are those of Europe\/Berlin\n$/,
    );
    expect(out).not.toContain('t0psecret');
  });

  test('are tested by URL, and a failure is an exit code', async () => {
    const { exit, out, calls } = await run(['webhooks', 'test', 'https://hooks.example.com/in'], known);
    expect([exit, out]).toEqual([6, 'NOT DELIVERED: answered 500 after 12 ms\n']);
    expect(calls.at(-1)).toMatchObject({ method: 'POST', path: '/v1/webhooks/w1/test' });
    expect((await run(['webhooks'], known)).exit).toBe(2);
  });
});
