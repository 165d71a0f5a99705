import { beforeEach, describe, expect, test } from 'vitest';
import { emptyTable } from '../../src/core/access-table.ts';
import type { DoorEvent } from '../../src/core/event.ts';
import type { DoorsStatus } from '../../src/core/status.ts';
import type { Attempt, DoorProcess } from '../../src/door/door-process.ts';
import { type Journal, openJournal } from '../../src/door/journal.ts';
import { type LinkSession, linkSession } from '../../src/door/link-session.ts';
import { type TableKeeper, tableKeeper } from '../../src/door/table-keeper.ts';
import { type Link, linkWindow } from '../../src/link/link.ts';
import { memoryCarriers } from '../../src/link/memory-carrier.ts';
import type { FromAdmin, FromDoor } from '../../src/link/message.ts';
import { type Carrier, linkOver } from '../../src/link/window.ts';
import { atWork, noTable, twoDoors } from '../support/door-site.ts';
import { memoryDisk, settled } from '../support/memory-disk.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

let clock: VirtualClock;
let journal: Journal;
let keeper: TableKeeper;
let changed: (() => void) | null;
let attempts: Attempt[];
let session: LinkSession;
let told: string[];

const status: DoorsStatus = {
  doors: [],
  readers: [],
  locks: [],
  partitions: [],
  holders: [],
  table: { revision: null, source: 'none', users: 0, credentials: 0, start: noTable },
  admin: atWork,
  journal: { pending: 0, bytes: 0, dropped: 0 },
  clock: { synced: null, doubt: null, high_water: null },
  started_at: 0,
  pid: 1,
};
const doors: DoorProcess = {
  start() {},
  async unlock(id) {
    if (id === 'door-broken') throw new Error('a driver threw');
    return id === 'door-front' ? { ok: true } : { ok: false, code: 'not_found', detail: 'no such door' };
  },
  async setMode(id, override, by) {
    told.push(`mode ${id} ${JSON.stringify(override)} ${by}`);
    return { ok: true };
  },
  async attempt(attempt) {
    attempts.push(attempt);
    return { ok: true };
  },
  holders: {
    start() {},
    take: (order) => void told.push(`order ${order.order_id}`),
    states: (ids) => ids.map((order_id) => ({ order_id, state: 'unknown' })),
    drop: () => void told.push('orders dropped'),
    reveal: async () => ({ ok: false, code: 'nothing_to_adopt', detail: 'empty' }),
    arm: async (partition, how) => ({ ok: false, code: 'panel_refused', detail: `${partition} ${how}` }),
    status: () => [],
    close: async () => {},
  },
  pairing: {
    open: async (id, minutes, by) => ({ ok: false, code: 'pairing_open', detail: `${id} ${minutes} ${by}` }),
    accept: async (id, by) => ({ ok: false, code: 'not_waiting', detail: `${id} ${by}` }),
    heard() {},
    channel: () => ({ security: 'insecure', pairing_until: null }),
    failure: () => null,
    stop() {},
  },
  outputs: { order: async () => ({ ok: true, state: 'unknown', fault: null }) },
  trustedClock: {
    reset: (operator) => void told.push(`clock reset by ${operator}`),
    status: () => status.clock,
  },
  status: () => status,
  onChange(listener) {
    changed = listener;
  },
  stop: async () => {},
};
const event = (n: number): DoorEvent => ({
  time: n,
  type: 'door.held_open',
  resource: 'door/front',
  data: { held_ms: n },
});

beforeEach(async () => {
  clock = virtualClock();
  attempts = [];
  told = [];
  journal = await openJournal({
    files: memoryDisk().mount(),
    path: '/state/door.journal',
    clock,
    newId: () => 'journal',
    resource: 'system/site',
    isSettled: () => false,
    trouble() {},
  });
  keeper = tableKeeper({
    doorIds: ['door-front'],
    start: null,
    later: (fn) => fn(),
    changed() {},
  });
});

/** A scripted admin process: keeps what it hears, stores journals unless told not to. */
interface Admin {
  link: Link<FromAdmin, FromDoor>;
  heard: FromDoor[];
  /** Carriers pass nothing on while stopped, as to a process under SIGSTOP. */
  stopped: boolean;
  posted: number;
}
const feed: number[] = [];
let storedSeq = 0;

function connect(behave: { stores: boolean; pongs: boolean }): Admin {
  const [ours, theirs] = memoryCarriers();
  const admin: Admin = { link: null as never, heard: [], stopped: false, posted: 0 };
  const held: (() => void)[] = [];
  const counted: Carrier = {
    ...ours,
    post(envelope) {
      admin.posted += 1;
      ours.post(envelope);
    },
  };
  const stoppable: Carrier = {
    ...theirs,
    receive(taken, down) {
      theirs.receive((envelope) => {
        if (!admin.stopped) {
          for (const go of held.splice(0)) go();
          taken(envelope);
        } else held.push(() => taken(envelope));
      }, down);
    },
  };
  admin.link = linkOver<FromAdmin, FromDoor>(stoppable);
  admin.link.open({
    message(message) {
      admin.heard.push(message);
      if (message.type === 'ping' && behave.pongs) admin.link.send({ type: 'pong', n: message.n });
      if (message.type !== 'journal' || !behave.stores) return;
      for (const { seq, event: one } of message.records) {
        if (seq <= storedSeq) continue;
        storedSeq = seq;
        if (one.type === 'door.held_open') feed.push(one.data.held_ms);
      }
      admin.link.send({ type: 'stored', journal_id: message.journal_id, seq: storedSeq });
    },
    room() {},
    down() {},
  });
  session = linkSession(
    linkOver<FromDoor, FromAdmin>(counted),
    {
      site: twoDoors,
      version: '1',
      clock,
      journal,
      keeper,
      doors,
      reservedPins: ['a hash'],
      confirmed: () => void told.push('confirmed'),
      failed: (error) => void told.push(String(error)),
    },
    {
      ready: (listening, database) => told.push(`ready ${listening} ${database}`),
      hung: (why) => told.push(`hung: ${why}`),
      down: (reason) => told.push(`down: ${reason}`),
    },
  );
  return admin;
}
async function pass(ms: number, stepMs = 1_000): Promise<void> {
  for (let at = 0; at < ms; at += stepMs) {
    clock.advance(Math.min(stepMs, ms - at));
    await settled();
  }
}
const ofType = <T extends FromDoor['type']>(admin: Admin, type: T) =>
  admin.heard.filter((message): message is Extract<FromDoor, { type: T }> => message.type === type);

describe('link session', () => {
  beforeEach(() => {
    feed.length = 0;
    storedSeq = 0;
  });

  test('the first message says who we are and which table we have', async () => {
    const admin = connect({ stores: true, pongs: true });
    await settled();
    expect(admin.heard[0]).toMatchObject({
      type: 'configure',
      version: '1',
      journal_id: 'journal',
      table: null,
      reserved_pins: ['a hash'],
    });
    admin.link.send({ type: 'ready', version: { table_id: 't', revision: 1 }, listening: 'http://[::1]:1' });
    await settled();
    expect(told).toEqual(['ready http://[::1]:1 sound']);
  });

  test('the table in force is confirmed by who has the same over a sound database, and by nobody else', async () => {
    const version = { table_id: 't', revision: 1 };
    keeper = tableKeeper({
      doorIds: ['door-front'],
      start: { table: emptyTable(['door-front']), version },
      later: (fn) => fn(),
      changed() {},
    });
    const admin = connect({ stores: true, pongs: true });
    const ready = async (revision: number) => {
      told = [];
      admin.link.send({ type: 'ready', version: { ...version, revision }, listening: 'a' });
      await settled();
      return told;
    };
    expect(await ready(2)).toEqual(['ready a sound']);
    expect(await ready(1)).toEqual(['confirmed', 'ready a sound']);
    admin.link.send({ type: 'storage_damaged', faults: [] });
    expect(await ready(1)).toEqual(['ready a damaged']);
  });

  test('a database that is said to be damaged is an event, for when it can be stored', async () => {
    const admin = connect({ stores: false, pongs: true });
    admin.link.send({ type: 'storage_damaged', faults: ['user: 3 of 4'] });
    await pass(200, 100);
    const events = ofType(admin, 'journal').flatMap(({ records }) => records.map((record) => record.event));
    expect(events).toMatchObject([{ type: 'storage.damaged', data: { faults: ['user: 3 of 4'] } }]);
  });

  test('journal messages are bounded, in order, and wait for what is stored', async () => {
    for (let n = 1; n <= 1_000; n++) journal.append(event(n));
    await pass(200, 100);
    const admin = connect({ stores: false, pongs: true });
    await settled();
    const sent = ofType(admin, 'journal');
    expect(sent.map(({ records }) => records.length)).toEqual([100, 100, 100, 100]);
    expect(sent.flatMap(({ records }) => records.map(({ seq }) => seq))).toEqual(
      Array.from({ length: 400 }, (_, i) => i + 1),
    );
    admin.link.send({ type: 'stored', journal_id: 'journal', seq: 150 });
    await settled();
    expect(ofType(admin, 'journal')).toHaveLength(5);
    expect(journal.health().pending).toBe(850);
  });

  test('an admin process that is dead for two minutes misses nothing and gets nothing twice', async () => {
    for (let n = 1; n <= 250; n++) journal.append(event(n));
    await pass(200, 100);
    const first = connect({ stores: true, pongs: true });
    await settled();
    first.link.close();
    await settled();
    expect(told).toEqual(['orders dropped', 'down: the other end closed']);
    for (let n = 251; n <= 500; n++) {
      journal.append(event(n));
      clock.advance(480);
    }
    await settled();
    connect({ stores: true, pongs: true });
    await pass(1_000, 100);
    expect(feed).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    expect(journal.health().pending).toBe(0);
  });

  test('what was sent and not known to be stored is sent again, from the oldest', async () => {
    journal.append(event(1));
    await pass(200, 100);
    const first = connect({ stores: false, pongs: true });
    await settled();
    session.close();
    const second = connect({ stores: false, pongs: true });
    await settled();
    for (const admin of [first, second]) {
      expect(ofType(admin, 'journal').flatMap(({ records }) => records)).toEqual([
        { seq: 1, event: event(1) },
      ]);
    }
  });

  test('a stopped admin process fills the window and no more; when it goes on it gets all, and the state of now', async () => {
    const admin = connect({ stores: true, pongs: true });
    await settled();
    admin.stopped = true;
    for (let n = 1; n <= 600; n++) {
      journal.append(event(n));
      changed?.();
      clock.advance(500);
    }
    await settled();
    expect(admin.posted).toBeLessThanOrEqual(linkWindow + 10);
    expect(journal.health().pending).toBe(600);
    admin.stopped = false;
    admin.link.send({ type: 'pong', n: 0 });
    await pass(3_000, 100);
    expect(feed).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    const before = ofType(admin, 'status').length;
    changed?.();
    await pass(100, 100);
    expect(ofType(admin, 'status').length).toBeGreaterThan(before);
  });

  test('what found no room is said as soon as there is some: answers, states of orders, the status of then', async () => {
    const admin = connect({ stores: true, pongs: true });
    await settled();
    admin.stopped = true;
    // Tells of what was heard before, and leaves no room after that.
    admin.link.send({ type: 'pong', n: 0 });
    await settled();
    for (let n = 1; n <= 600; n++) clock.advance(500);
    const { posted } = admin;
    admin.link.send({ type: 'orders', order_ids: ['lost'] });
    admin.link.send({ type: 'command', command: 7, order: { do: 'unlock', door_id: 'x', by: 'k' } });
    await settled();
    expect(admin.posted).toBe(posted);
    status.journal.dropped = 3;
    admin.stopped = false;
    // So many are acknowledged by themselves, which wakes it.
    for (let n = 1; n <= 32; n++) admin.link.send({ type: 'pong', n });
    await settled();
    expect(ofType(admin, 'result')).toMatchObject([{ command: 7 }]);
    expect(ofType(admin, 'order_states')).toMatchObject([{ states: [{ order_id: 'lost' }] }]);
    expect(ofType(admin, 'status').at(-1)?.status.journal.dropped).toBe(3);
    status.journal.dropped = 0;
  });

  test('the status is sent at once, every 2 s, and after changes no more often than every 100 ms', async () => {
    const admin = connect({ stores: true, pongs: true });
    await settled();
    expect(ofType(admin, 'status')).toHaveLength(1);
    for (let i = 0; i < 50; i++) changed?.();
    await pass(100, 100);
    expect(ofType(admin, 'status')).toHaveLength(2);
    await pass(3_900, 100);
    expect(ofType(admin, 'status')).toHaveLength(4);
  });

  test('commands are obeyed and answered by their number; the secret is wrapped and wiped', async () => {
    const admin = connect({ stores: true, pongs: true });
    admin.link.send({ type: 'command', command: 7, order: { do: 'unlock', door_id: 'door-front', by: 'k' } });
    admin.link.send({ type: 'command', command: 8, order: { do: 'unlock', door_id: 'x', by: 'k' } });
    admin.link.send({
      type: 'command',
      command: 9,
      order: {
        do: 'try',
        reader_id: 'reader-front',
        kind: 'pin',
        secret: new TextEncoder().encode('2468'),
        at: null,
        open: false,
      },
    });
    const mode = { do: 'mode', door_id: 'door-front', mode: 'disabled', until: 9, by: 'k' } as const;
    admin.link.send({ type: 'command', command: 10, order: mode });
    admin.link.send({ type: 'command', command: 11, order: { ...mode, mode: null } });
    await settled();
    expect(told.splice(0)).toEqual([
      'mode door-front {"mode":"disabled","until":9} k',
      'mode door-front null k',
    ]);
    expect(ofType(admin, 'result').splice(3)).toEqual([
      { type: 'result', command: 10, result: { ok: true } },
      { type: 'result', command: 11, result: { ok: true } },
    ]);
    expect(ofType(admin, 'result').slice(0, 3)).toEqual([
      { type: 'result', command: 7, result: { ok: true } },
      { type: 'result', command: 8, result: { ok: false, code: 'not_found', detail: 'no such door' } },
      { type: 'result', command: 9, result: { ok: true } },
    ]);
    expect(attempts[0]?.value.reveal()).toBe('2468');
    expect(JSON.stringify(attempts)).not.toContain('2468');
  });

  test('a command that ends in a fault of ours is answered as such, and the fault is told', async () => {
    const admin = connect({ stores: true, pongs: true });
    const order = { do: 'unlock', door_id: 'door-broken', by: 'k' } as const;
    admin.link.send({ type: 'command', command: 7, order });
    await settled();
    expect(ofType(admin, 'result')).toMatchObject([{ command: 7, result: { ok: false, code: 'internal' } }]);
    expect(told).toEqual(['Error: a driver threw']);
  });

  test('a table that is offered is pulled and put in force', async () => {
    const admin = connect({ stores: true, pongs: true });
    const version = { table_id: 't', revision: 3 };
    admin.link.send({ type: 'offer', offer: 1, version, rows: 0 });
    await settled();
    expect(ofType(admin, 'applied')).toEqual([{ type: 'applied', version }]);
    expect(keeper.inForce()?.table).toEqual(emptyTable(['door-front']));
  });

  test('no answer to fifteen pings is a hang, told once; before it is ready that takes sixty', async () => {
    connect({ stores: true, pongs: false });
    await pass(59_000);
    expect(told).toEqual([]);
    await pass(30_000);
    expect(told).toEqual(['hung: no answer for 60 s']);
    session.close();
    told.length = 0;

    const behave = { stores: true, pongs: true };
    const admin = connect(behave);
    await pass(10_000);
    behave.pongs = false;
    await pass(40_000);
    expect(told).toEqual([]);
    behave.pongs = true;
    admin.link.send({ type: 'ready', version: { table_id: 't', revision: 1 }, listening: 'here' });
    await pass(10_000);
    expect(told.splice(0)).toEqual(['ready here sound']);
    behave.pongs = false;
    await pass(14_000);
    expect(told).toEqual([]);
    await pass(2_000);
    expect(told).toEqual(['hung: no answer for 15 s']);
  });

  test('a door process that was itself stopped for minutes blames nobody', async () => {
    let late = 0;
    const { after } = clock;
    clock.after = (ms, fn) => after(ms + late, fn);
    connect({ stores: true, pongs: true });
    await pass(5_000);
    late = 120_000;
    await pass(500_000, 121_000);
    expect(told).toEqual([]);
  });
});
