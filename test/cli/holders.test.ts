import { describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { type Answer, fakeDaemon } from './fake-daemon.ts';

const controller = { id: 'c', name: 'controller', kind: 'controller' };
const panel = {
  id: 'p',
  name: 'panel',
  kind: 'panel',
  model: 'nx-584',
  capacity: 99,
  reserved: 1,
  used: 3,
  state: 'offline',
  detail: 'no answer',
  misconfigured: null,
  pending: 1,
  failed: 1,
};
const gone = {
  ...panel,
  id: 'g',
  name: 'side',
  kind: 'code_lock',
  model: 'code-lock',
  state: 'gone',
  since: '2026-03-02T09:00:00.000Z',
  stored: 2,
};
const row = {
  id: 'r1',
  holder_id: 'p',
  user_id: 'u',
  slot: 2,
  state: 'failed',
  reason: 'timeout',
  attempt: 3,
  max_attempts: 3,
  overdue: false,
  last_error: 'no answer within 3 s',
  next_attempt_at: null,
  evidence: 'sent',
};
const answers: Answer = ({ method, path, query }) => {
  if (path === '/v1/holders')
    return { body: { items: [controller, panel, gone].map((one) => ({ ...one, partitions: [] })) } };
  if (path === '/v1/users/u') return { body: { id: 'u', first_name: 'Ada', last_name: 'Lovelace' } };
  if (method === 'DELETE') {
    return path === '/v1/holders/g'
      ? { body: { id: 'g', stored: 2, dry_run: false } }
      : { status: 405, body: { code: 'method_not_allowed', detail: 'the site file names panel' } };
  }
  if (path === '/v1/holders/p/slots') {
    const slot = {
      credential_id: null,
      user_id: null,
      confirmation_id: null,
      proven: 'known',
      rests_until: null,
    };
    return {
      body: {
        items: [
          { ...slot, slot: 1, state: 'reserved', changed_on_device: false },
          { ...slot, slot: 2, state: 'ours', user_id: 'u', confirmation_id: 'r1', changed_on_device: true },
          { ...slot, slot: 3, state: 'unmanaged', changed_on_device: false },
          { ...slot, slot: 4, state: 'free', proven: 'empty', changed_on_device: false },
        ],
      },
    };
  }
  if (path === '/v1/confirmations') {
    const rows = [
      row,
      {
        ...row,
        id: 'r2',
        state: 'removing',
        reason: 'panel_armed',
        attempt: 0,
        overdue: true,
        last_error: null,
      },
      {
        ...row,
        id: 'r4',
        state: 'pending',
        reason: 'not_yet_due',
        attempt: 0,
        late: true,
        last_error: null,
        next_attempt_at: '2026-03-02T14:00:00.000Z',
      },
      { ...row, id: 'r3', holder_id: 'c', slot: null, state: 'confirmed', reason: null, evidence: 'local' },
    ];
    return {
      body: {
        items: rows.filter(({ holder_id }) => (query['holder_id'] ?? holder_id) === holder_id),
        next_cursor: null,
      },
    };
  }
  if (path.endsWith('/retry'))
    return { body: { ...row, state: 'pending', reason: 'queued', last_error: null } };
  if (path === '/v1/system') return { body: { time_zone: 'Europe/Berlin' } };
  return { body: { items: [] } };
};

async function run(...argv: string[]) {
  const { socket, calls } = await fakeDaemon(answers);
  let out = '';
  let err = '';
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
    slots: () => import('../../src/cli/slots.ts'),
    confirmations: () => import('../../src/cli/confirmations.ts'),
  });
  return { exit, out, err, calls };
}

describe('confirmations', () => {
  test('say for each device and person: green, grey, red, and why; what the controller has confirmed is no news', async () => {
    const { exit, out } = await run('confirmations');
    expect(exit).toBe(0);
    expect(out).toMatch(
      /panel +2 +Ada Lovelace +RED +timeout, attempt 3 of 3 failed \(no answer within 3 s\)/,
    );
    expect(out).toMatch(/blocked here, still stored there +panel armed, OVERDUE/);
    expect(out).toMatch(/grey +not yet due, WILL BE LATE +2026-03-02 15:00:00/);
    expect(out).not.toContain('controller');
    expect((await run('confirmations', '--all')).out).toMatch(/controller +- +Ada Lovelace +green +local/);
  });

  test('retry is one call; a verb nobody knows is refused before any', async () => {
    const { exit, out, calls } = await run('confirmations', 'retry', 'r1');
    expect([exit, out]).toEqual([0, 'grey: queued, attempt 3 of 3 failed\n']);
    expect(calls).toMatchObject([{ method: 'POST', path: '/v1/confirmations/r1/retry' }]);
    const wrong = await run('confirmations', 'forget', 'r1');
    expect([wrong.exit, wrong.calls]).toEqual([2, []]);
  });

  test('a device nobody knows: the one that was meant is named, or those there are', async () => {
    const { exit, err } = await run('confirmations', '--holder', 'pannel');
    expect(exit).toBe(5);
    expect(err).toContain('did you mean panel?');
    expect((await run('confirmations', '--holder', 'gate')).err).toContain('controller, panel, side');
  });
});

describe('slots', () => {
  test('show what is in a device, with codes nobody here made, and free ones when asked for', async () => {
    const { out } = await run('slots');
    expect(out).toContain('panel (nx-584), OFFLINE, 3 of 98 slots used');
    expect(out).toMatch(/2 +ours +Ada Lovelace +RED +CHANGED ON THE DEVICE/);
    expect(out).toMatch(/3 +unmanaged/);
    expect(out).not.toMatch(/free/);
    expect((await run('slots', '--all')).out).toMatch(/4 +free/);
  });

  test('say of a device that has left the site file what it may hold, and forget it by its name', async () => {
    expect((await run('slots')).out).toMatch(
      /side \(code-lock\), GONE from the site file since 2026-03-02 10:00:00, 2 codes may still be stored/,
    );
    const { exit, out, calls } = await run('slots', 'forget', 'side');
    expect([exit, out]).toEqual([
      0,
      'side is forgotten; 2 codes of Postern may still open it, if it still hangs anywhere\n',
    ]);
    expect(calls.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/holders/g' });
    const present = await run('slots', 'forget', 'panel');
    expect([present.exit, present.err]).toEqual([2, expect.stringContaining('the site file names panel')]);
    expect((await run('slots', 'forget')).exit).toBe(2);
  });
});
