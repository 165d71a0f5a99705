import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { statusAnswer } from '../../src/api/status-answer.ts';
import { type Commands, commandLine } from '../../src/cli/command-line.ts';
import type { AdminStanding, DoorsStatus } from '../../src/core/status.ts';
import { type DoorSocket, doorSocketPath, openDoorSocket } from '../../src/door/door-socket.ts';
import { obeyLocally } from '../../src/door/local-order.ts';
import { atWork, noTable, twoDoors } from '../support/door-site.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { type Answer, fakeDaemon } from './fake-daemon.ts';

const commands: Commands = { status: () => import('../../src/cli/status.ts') };

async function postern(argv: readonly string[], env: NodeJS.ProcessEnv) {
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
  const { socket } = await fakeDaemon(answer);
  return postern(argv, { POSTERN_SOCKET: socket });
}

const reader = {
  id: 'r',
  name: 'front',
  port: 'readers',
  address: 0,
  online: true,
  secure: true,
  security: 'paired',
  damaged: 2,
  timeouts: 1,
  recent: { span_ms: 300_000, exchanges: 5_998, resends: 2, timeouts: 1, damaged: 2, refusals: 0, busy: 0 },
  outputs: [],
};
const readers = { items: [reader] };
const ended: AdminStanding = {
  state: 'down',
  since: Date.UTC(2026, 2, 2, 8),
  next_at: Date.UTC(2026, 2, 2, 9, 5),
  failing_since: null,
  restarts: 3,
  last_end: { at: Date.UTC(2026, 2, 2, 8), why: 'exit code 3', last_words: ['cannot start: address_in_use'] },
};
const failing: AdminStanding = { ...ended, failing_since: Date.UTC(2026, 2, 2, 7) };

const nothing: DoorsStatus = {
  doors: [],
  readers: [],
  locks: [],
  partitions: [],
  holders: [],
  table: { revision: 1, source: 'admin', users: 1, credentials: 2, start: noTable },
  admin: atWork,
  journal: { pending: 0, bytes: 0, dropped: 0 },
  clock: { synced: true, doubt: null, high_water: null },
  started_at: 0,
  pid: 1,
};

describe('status', () => {
  const door = {
    name: 'front',
    lock: 'secured',
    contact: 'closed',
    holder_id: null,
    lock_online: true,
    capabilities: null,
    forced_open: false,
    held_open: false,
    locked_out_until: null,
    mode: { now: 'normal', timetable: 'normal', override: null, waits_for: null },
  };
  const system = {
    name: 'Home',
    version: '0.1.0',
    time: '2026-03-02T09:00:00.000Z',
    time_zone: 'UTC',
    users: 1,
    credentials: 2,
    doors_in_sync: true,
    clock_synced: true,
    clock: { synced: true, trusted: true, never_set: false, doubt: null, high_water: null },
    feed: { webhooks: [] },
    storage: { state: 'sound', damage: null },
    backup: null,
    doors: statusAnswer({ ...nothing, admin: atWork }),
  };
  const answer =
    (more: object, doorMore: object = {}): Answer =>
    ({ path }) => {
      if (path === '/v1/readers') return { body: readers };
      if (path === '/v1/holders') return { body: { items: [] } };
      return { body: path === '/v1/doors' ? { items: [{ ...door, ...doorMore }] } : { ...system, ...more } };
    };

  test('a quiet house has no line in capitals', async () => {
    const { exit, out } = await withDaemon(['status'], answer({}));
    expect(exit).toBe(0);
    expect(out).toContain('front  secured  closed');
    expect(out).toContain('1 user, 2 credentials');
    expect(out).not.toMatch(/OFFLINE|SILENT|LOST|FORCED|HELD/);
  });

  test('trouble is told in capitals', async () => {
    const { out } = await withDaemon(
      ['status'],
      answer(
        {
          doors_in_sync: false,
          doors: statusAnswer({ ...nothing, journal: { pending: 3, bytes: 0, dropped: 9 } }),
        },
        { lock_online: false, forced_open: true },
      ),
    );
    expect(out).toContain('LOCK OFFLINE, FORCED OPEN');
    expect(out).toContain('ON ITS WAY TO THE DOORS');
    expect(out).toContain('EVENTS LOST: 9');
    const silent = await withDaemon(['status'], answer({ doors: null }));
    expect(silent.out).toContain('THE DOOR PROCESS IS SILENT');
  });

  test('a lock that decides by itself is said to, with its codes, and no bolt is guessed at', async () => {
    const capabilities = { max_codes: 99, used_codes: 3 };
    const alone = { lock: 'unknown', contact: 'unknown', holder_id: 'h', capabilities };
    const { out } = await withDaemon(['status'], answer({}, alone));
    expect(out).toMatch(/front +decides by itself +- +3 of 99 codes/);
    expect(out).not.toContain('unknown');
    const offline = await withDaemon(['status'], answer({}, { ...alone, lock_online: false }));
    expect(offline.out).toMatch(/- +LOCK OFFLINE, 3 of 99 codes/);
  });

  test.each([
    [{ now: 'unlocked' }, 'unlocked by its timetable'],
    [{ waits_for: 'first_person' }, 'unlocks when the first person comes'],
    [
      { waits_for: 'disarm', override: { mode: 'unlocked', until: null } },
      ' unlocks when its partition is disarmed\n',
    ],
    [{ waits_for: 'trusted_clock' }, 'WAITS FOR A CLOCK THAT CAN BE TRUSTED'],
    [
      { now: 'card_and_pin', override: { mode: 'card_and_pin', until: '2026-03-02T18:00:00.000Z' } },
      'card and PIN by order until 2026-03-02 18:00:00',
    ],
    [{ now: 'normal', override: { mode: 'normal', until: null } }, 'normal by order'],
  ])('a door that stands as in %o is said to', async (mode, says) => {
    const { out } = await withDaemon(['status'], answer({}, { mode: { ...door.mode, ...mode } }));
    expect(out).toContain(says);
  });
});

describe('status, of the admin process', () => {
  const system = {
    name: 'Home',
    version: '0.1.0',
    time: '2026-03-02T09:00:00.000Z',
    time_zone: 'UTC',
    users: 1,
    credentials: 2,
    doors_in_sync: true,
    clock: null,
    feed: { webhooks: [] },
    storage: { state: 'sound', damage: null },
    backup: null,
  };
  const status = (admin: AdminStanding, more: object = {}) =>
    withDaemon(['status'], ({ path }) => ({
      body:
        path === '/v1/system'
          ? { ...system, doors: statusAnswer({ ...nothing, admin }), ...more }
          : { items: [] },
    }));

  test('says nothing while it is well, and for a day that it was started again', async () => {
    expect((await status(atWork)).out).not.toMatch(/admin process/i);
    const again = { ...ended, state: 'at_work' as const, next_at: null };
    const { exit, out } = await status(again);
    expect([exit, out]).toEqual([0, expect.stringContaining('started again 3 times since the start')]);
    expect(out).toContain('exit code 3');
    const later = await status(again, { time: '2026-03-04T09:00:00.000Z' });
    expect(later.out).not.toMatch(/admin process/i);
  });

  test('warns until one that ended again and again has proved well, with exit code 3', async () => {
    const { exit, out } = await status({ ...failing, state: 'at_work', next_at: null });
    expect(exit).toBe(3);
    expect(out).toContain('ENDS AGAIN AND AGAIN since 2026-03-02 07:00:00; one is at work since');
  });

  test('tells an old table from a good one while the doors are not in sync', async () => {
    const written_at = Date.UTC(2026, 0, 1);
    const by = (found: 'good' | 'stale') => {
      const table = {
        ...nothing.table,
        source: 'snapshot' as const,
        start: { found, written_at, why: null },
      };
      return { doors_in_sync: false, doors: statusAnswer({ ...nothing, table }) };
    };
    expect((await status(atWork, by('stale'))).out).toContain('DOORS GO BY AN OLD TABLE, of 2026-01-01 ');
    expect((await status(atWork, by('good'))).out).toContain('doors go by the sealed table of 2026-01-01 ');
  });
});

describe('status without an admin process', () => {
  /** Nobody answers for it; the door process does. */
  async function alone(status: Partial<DoorsStatus>, argv: readonly string[] = ['status']) {
    const { socket } = await fakeDaemon(() => ({}));
    const elsewhere = socket.replace('admin.sock', 'gone/admin.sock');
    const path = doorSocketPath(elsewhere);
    await mkdir(dirname(path));
    const clock = virtualClock();
    const doors = {
      status: () => ({ ...nothing, ...status }),
      pairing: null as never,
      outputs: null as never,
    };
    const parts = { site: twoDoors, version: '1.2.3', clock, doors };
    const open: DoorSocket = await openDoorSocket(path, clock, (order) => obeyLocally(order, parts));
    try {
      return await postern(argv, { POSTERN_SOCKET: elsewhere });
    } finally {
      await open.close();
    }
  }

  test('comes from the door process: doors, readers, what waits, and why it ended, by the time of the site; exit code 7', async () => {
    const journal = { pending: 12, bytes: 900, dropped: 0 };
    const { exit, out } = await alone({ admin: ended, journal });
    expect(exit).toBe(7);
    expect(out).toContain('THE ADMIN PROCESS IS NOT AT WORK since 2026-03-02 09:00:00');
    expect(out).toContain('the next is started at 2026-03-02 10:05:00');
    expect(out).toContain('exit code 3; it said at last\n    cannot start: address_in_use');
    expect(out).toContain('waiting in the door journal: 12 events');
    expect(out).toMatch(/front +unknown +unknown/);
    expect(out).toMatch(/front +readers +0 +unknown/);
  });

  test('a first start is no trouble to be told in capitals', async () => {
    const admin: AdminStanding = { ...ended, state: 'starting', next_at: null, restarts: 0, last_end: null };
    const { out } = await alone({ admin });
    expect(out).toContain('the admin process is starting, since 2026-03-02 09:00:00');
    expect(out).not.toContain('NOT AT WORK');
  });

  test('says that it ends again and again, with exit code 3', async () => {
    const { exit, out } = await alone({ admin: failing });
    expect(exit).toBe(3);
    expect(out).toContain('THE ADMIN PROCESS ENDS AGAIN AND AGAIN since 2026-03-02 08:00:00');
  });

  test('tells a damaged table from none', async () => {
    const table = { ...nothing.table, source: 'none' as const };
    const start = { found: 'damaged' as const, written_at: null, why: 'it was altered' };
    const damaged = await alone({ admin: ended, table: { ...table, start } });
    expect(damaged.out).toContain('DOORS REFUSE EVERYONE: the sealed table is damaged: it was altered');
    const absent = await alone({ admin: ended, table });
    expect(absent.out).toContain('DOORS REFUSE EVERYONE: there is no table yet');
  });

  test('has the same members in JSON, as far as they are known', async () => {
    const { out } = await alone({ admin: failing }, ['status', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      system: { name: 'Test site', doors: { admin: { state: 'down', restarts: 3 } } },
      doors: [{ name: 'front', lock: 'unknown' }, { name: 'back' }],
      readers: [{ name: 'front' }, { name: 'back' }],
    });
  });
});
