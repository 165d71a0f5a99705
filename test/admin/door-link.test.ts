import { describe, expect, test } from 'vitest';
import { type DoorLink, doorLink } from '../../src/admin/door-link.ts';
import { doorsService } from '../../src/admin/doors.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Site } from '../../src/core/site.ts';
import type { DoorsStatus } from '../../src/core/status.ts';
import type { Link, LinkOwner } from '../../src/link/link.ts';
import type { FromAdmin, FromDoor } from '../../src/link/message.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** The admin process's end, with a door process that says what the test says and can be full. */
function ends() {
  const clock = virtualClock();
  const sent: FromAdmin[] = [];
  const downs: string[] = [];
  let owner: LinkOwner<FromDoor> | null = null;
  let full = false;
  const link: Link<FromAdmin, FromDoor> = {
    open: (taken) => {
      owner = taken;
    },
    send: (message) => !full && sent.push(message) > 0,
    close: () => {},
  };
  const admin: DoorLink = doorLink(link, clock, (reason) => downs.push(reason));
  return {
    clock,
    admin,
    sent,
    downs,
    say: (message: FromDoor) => owner?.message(message),
    lose: () => owner?.down('gone'),
    stop: () => {
      full = true;
    },
    resume: () => {
      full = false;
      owner?.room();
    },
  };
}

const site = { doors: [{ id: 'd' }], readers: [{ id: 'r' }] } as unknown as Site;
const caller = { id: 'key-1', name: 'portal', scopes: new Set<never>() };
const status = { pid: 1 } as unknown as DoorsStatus;

describe('what is owed to the door process', () => {
  test('a ping is answered at once, before anything else is built', () => {
    const { say, sent } = ends();
    say({ type: 'ping', n: 7 });
    expect(sent).toEqual([{ type: 'pong', n: 7 }]);
  });

  test('while it takes nothing, only the newest answer of each kind is kept', () => {
    const { say, sent, stop, resume, admin } = ends();
    stop();
    for (let n = 1; n <= 1000; n++) {
      say({ type: 'ping', n });
      admin.stored('j', n);
    }
    expect(sent).toEqual([]);
    resume();
    expect(sent).toEqual([
      { type: 'pong', n: 1000 },
      { type: 'stored', journal_id: 'j', seq: 1000 },
    ]);
  });

  test('journal messages that come before the database is open wait for it, in order', () => {
    const { say, admin } = ends();
    const taken: number[] = [];
    const message = (seq: number): FromDoor => ({
      type: 'journal',
      journal_id: 'j',
      records: [{ seq, event: { time: 0, type: 'door.opened', resource: 'door/d', data: {} } }],
    });
    say(message(1));
    say(message(2));
    const take = ({ records }: { records: { seq: number }[] }) =>
      void taken.push(...records.map(({ seq }) => seq));
    admin.attach({
      journal: { take },
      table: { heard: () => {}, room: () => {} },
      programming: { answered: () => {}, seen: () => {}, room: () => {} },
    });
    say(message(3));
    expect(taken).toEqual([1, 2, 3]);
  });

  test('the first message tells the site', async () => {
    const { say, admin } = ends();
    say({ type: 'configure', site, version: '1', journal_id: 'j', table: null, reserved_pins: [] });
    expect((await admin.configured).site).toBe(site);
  });
});

describe('the picture of the doors', () => {
  test('it is null before the first, and after five seconds without any word', () => {
    const { say, admin, clock } = ends();
    expect(admin.status()).toBe(null);
    say({ type: 'status', status });
    clock.advance(4_999);
    expect(admin.status()).toBe(status);
    say({ type: 'ping', n: 1 });
    clock.advance(4_999);
    expect(admin.status()).toBe(status);
    clock.advance(1);
    expect(admin.status()).toBe(null);
  });

  test('silent doors are never in sync', () => {
    const { say, admin, clock } = ends();
    const doors = doorsService(site, admin, () => true);
    expect(doors.inSync()).toBe(false);
    say({ type: 'status', status });
    expect(doors.inSync()).toBe(true);
    clock.advance(5_000);
    expect(doors.inSync()).toBe(false);
  });
});

describe('commands', () => {
  test('each result answers its own command, whatever the order', async () => {
    const { say, admin, sent } = ends();
    const results = ['d', 'e'].map((door_id) => admin.command({ do: 'unlock', door_id, by: 'portal' }));
    expect(sent).toMatchObject([
      { command: 1, order: { door_id: 'd' } },
      { command: 2, order: { door_id: 'e' } },
    ]);
    say({ type: 'result', command: 2, result: { ok: false, code: 'lock_offline', detail: 'no answer' } });
    say({ type: 'result', command: 1, result: { ok: true } });
    expect(await Promise.all(results)).toEqual([
      { ok: true },
      { ok: false, code: 'lock_offline', detail: 'no answer' },
    ]);
  });

  test('without a result for two seconds the doors are unreachable; a late one answers nothing', async () => {
    const { say, admin, clock } = ends();
    const late = admin.command({ do: 'unlock', door_id: 'd', by: 'portal' });
    clock.advance(2_000);
    await expect(late).rejects.toMatchObject({ code: 'doors_unreachable' });
    const next = admin.command({ do: 'unlock', door_id: 'd', by: 'portal' });
    say({ type: 'result', command: 1, result: { ok: true } });
    clock.advance(2_000);
    await expect(next).rejects.toMatchObject({ code: 'doors_unreachable' });
  });

  test('a full or lost Link, or too many open commands, fails at once', async () => {
    const { admin, stop, resume, lose, downs } = ends();
    const unlock = () => admin.command({ do: 'unlock', door_id: 'd', by: 'portal' });
    stop();
    await expect(unlock()).rejects.toMatchObject({ code: 'doors_unreachable' });
    resume();
    const open = Array.from({ length: 64 }, unlock);
    await expect(unlock()).rejects.toMatchObject({ code: 'doors_unreachable' });
    lose();
    for (const { status: how } of await Promise.allSettled(open)) expect(how).toBe('rejected');
    expect(downs).toEqual(['gone']);
  });

  test('doors and readers that nobody knows are not found, and nothing is sent', async () => {
    const { admin, sent } = ends();
    const doors = doorsService(site, admin, () => true);
    const request = {
      reader_id: 'x',
      kind: 'pin' as const,
      value: new Secret('1234'),
      at: null,
      open: false,
    };
    await expect(doors.unlock('x', caller)).rejects.toMatchObject({ code: 'not_found' });
    await expect(doors.try(request, caller)).rejects.toMatchObject({ code: 'not_found' });
    expect(sent).toEqual([]);
  });

  test('a secret crosses as bytes in a field of that name and nowhere else', async () => {
    const { admin, sent, say } = ends();
    const doors = doorsService(site, admin, () => true);
    const request = {
      reader_id: 'r',
      kind: 'pin' as const,
      value: new Secret('0042'),
      at: null,
      open: false,
    };
    const tried = doors.try(request, caller);
    const [message] = structuredClone(sent);
    expect(message).toEqual({
      type: 'command',
      command: 1,
      order: {
        do: 'try',
        reader_id: 'r',
        kind: 'pin',
        secret: new TextEncoder().encode('0042'),
        at: null,
        open: false,
      },
    });
    say({ type: 'result', command: 1, result: { ok: false, code: 'lock_refused', detail: 'exception 2' } });
    await expect(tried).rejects.toMatchObject({ code: 'lock_refused', message: 'exception 2' });
  });
});
