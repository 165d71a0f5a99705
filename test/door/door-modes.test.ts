import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyTable, putRow, removeRow } from '../../src/core/access-table.ts';
import type { KeptDoorMode } from '../../src/core/door-mode.ts';
import { Secret } from '../../src/core/secret.ts';
import type { UserRow } from '../../src/core/table-row.ts';
import type { Timetable, TimetablePeriod } from '../../src/core/timetable.ts';
import type { KeptTime, NtpWord } from '../../src/core/trusted-time.ts';
import { type DoorProcess, doorProcess } from '../../src/door/door-process.ts';
import { type Journal, openJournal } from '../../src/door/journal.ts';
import { modeKeeper } from '../../src/door/mode-keeper.ts';
import type { TableInForce } from '../../src/door/table-keeper.ts';
import { trustedClock } from '../../src/door/trusted-clock.ts';
import {
  atWork,
  type FakeLocks,
  type FakeReaders,
  fakeLocks,
  fakeReaders,
  noTable,
  plainKey,
  twoDoors,
} from '../support/door-site.ts';
import { type MemoryDisk, memoryDisk, settled } from '../support/memory-disk.ts';
import { rightClock } from '../support/right-clock.ts';
import { credentialRow, grantRow, userRow } from '../support/table-rows.ts';
import { moreOpen, plainPeriod, someTimetable } from '../support/timetables.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

const hour = 3_600_000;
const everywhere = [grantRow({ door: 'door-front' })];
const person = (
  id: string,
  card: number,
  pin: string,
  more: Parameters<typeof credentialRow>[1] = {},
): UserRow =>
  userRow(id, {
    credentials: [
      credentialRow(`token:h10301:12:${card}`, { id: `${id}-card`, ...more }),
      credentialRow(`pin:${pin}`, { id: `${id}-pin` }),
    ],
    grants: everywhere,
  });

let clock: VirtualClock;
let disk: MemoryDisk;
let ntp: NtpWord;
let journal: Journal;
let deeds: string[];
let readers: FakeReaders;
let locks: FakeLocks;
let inForce: TableInForce;
let tableChanged: () => void;
let doors: DoorProcess;

/** Starts the doors, with a lock whose board answers at once. */
async function start(): Promise<void> {
  const resource = 'system/site';
  const failed = (error: unknown): never => {
    throw error;
  };
  journal = await openJournal({
    files: disk.mount(),
    path: '/state/door.journal',
    clock,
    newId: () => 'journal',
    resource,
    isSettled: () => false,
    trouble: () => {},
  });
  await settled();
  deeds = [];
  readers = fakeReaders(deeds);
  locks = fakeLocks(deeds);
  const ntpNow = () => ntp;
  doors = doorProcess({
    site: twoDoors,
    version: '1',
    pid: 1,
    clock,
    readerBuses: new Map([['readers', readers]]),
    lockBuses: new Map([['locks', locks]]),
    readerKeys: null,
    keysFailed: failed,
    panel: null,
    codePanel: null,
    codeLocks: new Map(),
    journal,
    trustedClock: trustedClock({ clock, journal, ntp: ntpNow, trust: 'auto', resource, doubted: () => {} }),
    lookupKey: plainKey,
    table: {
      inForce: () => inForce,
      onChange(fn) {
        tableChanged = fn;
      },
    },
    tableStart: noTable,
    admin: () => atWork,
    failed,
  });
  doors.start();
  locks.report('front', { type: 'online' });
  locks.report('front', { type: 'output', state: 'secured' });
  locks.report('front', { type: 'contact', open: false });
}

/** The process ends without a word, and another one starts; `extra` bytes more than what was synced are on the disk. */
async function killed(extra = 0): Promise<void> {
  await settled();
  disk.powerCut(extra);
  await start();
}

/** The timetable of the front door, in hours from 09:00 on, when the test begins. */
function timetable(
  ...periods: (Omit<TimetablePeriod, 'arrival'> & { arrival?: TimetablePeriod['arrival'] })[]
): void {
  const begin = Date.UTC(2026, 2, 2, 9);
  const span = ({ from, until }: { from: number; until: number }) => ({
    from: begin + from * hour,
    until: begin + until * hour,
  });
  putRow(inForce.table, {
    row: 'timetable',
    id: 'door-front',
    from: begin - 1_000 * hour,
    until: begin + 9_000 * hour,
    periods: periods.map(({ mode, arrival = null, ...period }) => ({
      ...span(period),
      mode,
      arrival: arrival && span(arrival),
    })),
  });
}

beforeEach(() => {
  clock = virtualClock();
  disk = memoryDisk();
  ntp = { says: 'synchronized', mark: 1 };
  const table = emptyTable(['door-front', 'door-back']);
  for (const row of [person('ann', 1, '2468'), person('bob', 2, '1357')]) putRow(table, row);
  inForce = { table, version: { table_id: 't', revision: 1 }, source: 'snapshot' };
});

async function told(...types: string[]): Promise<Record<string, unknown>[]> {
  await settled();
  clock.advance(100);
  await settled();
  return journal
    .after(0, 1_000)
    .filter(({ event }) => types.includes(event.type))
    .map(({ event }) => ({ type: event.type, ...event.data }));
}
const modes = async () => (await told('door.mode_changed')).map(({ mode, by }) => `${mode} by ${by}`);
const accesses = async () =>
  (await told('access.granted', 'access.refused')).map(
    ({ reason, credential_id }) => `${credential_id} ${reason}`,
  );
const status = () => doors.status().doors.find(({ id }) => id === 'door-front')?.mode;
/** What was done since this was last asked, of these kinds. */
function done(...kinds: string[]): string[] {
  return deeds.splice(0).filter((deed) => kinds.some((kind) => deed.startsWith(kind)));
}
const wires = () => done('release', 'hold', 'secure');
/** A time server has been heard. */
function ntpHeard(): void {
  ntp = { says: 'synchronized', mark: ntp.says === 'synchronized' ? ntp.mark + 1 : 1 };
}

describe('a timetable', () => {
  test('at its edges the lock is held and secured, and that is told', async () => {
    timetable({ from: 1, until: 3, mode: 'unlocked' }, { from: 3, until: 4, mode: 'disabled' });
    await start();
    expect(wires()).toEqual([]);
    clock.advance(hour - 1);
    expect(wires()).toEqual([]);
    clock.advance(1);
    expect(wires()).toEqual(['hold front 60000']);
    await settled();
    clock.advance(2 * hour);
    expect(wires().at(-1)).toBe('secure front');
    expect(status()).toMatchObject({
      now: 'disabled',
      timetable: 'disabled',
      override: null,
      waits_for: null,
    });
    clock.advance(hour);
    expect(await modes()).toEqual(['unlocked by timetable', 'disabled by timetable', 'normal by timetable']);
    expect(await told('door.unlocked', 'door.secured')).toContainEqual({ type: 'door.unlocked', by: 'mode' });
  });

  test('a start takes what it says now, as soon as the board is there, and catches nothing up', async () => {
    timetable({ from: -3, until: -1, mode: 'disabled' }, { from: -1, until: 3, mode: 'unlocked' });
    await start();
    expect(wires()).toEqual(['hold front 60000']);
    expect(await modes()).toEqual(['unlocked by timetable']);
  });

  test('a restart tells nothing anew', async () => {
    timetable({ from: -1, until: 3, mode: 'unlocked' });
    await start();
    clock.advance(1_000);
    await killed();
    expect(wires()).toEqual(['hold front 60000']);
    expect(await modes()).toEqual(['unlocked by timetable']);
  });

  describe('edges', () => {
    function keeperUntil(from: number) {
      const period = { from, until: from + hour, mode: 'disabled', arrival: null } as const;
      const timetable = { from: 0, until: from + 2 * hour, periods: [period] };
      const keeper = modeKeeper({
        doorId: 'door-front',
        clock,
        trustedClock: rightClock(clock),
        journal: { doorMode: () => null, keepDoorMode: async () => true },
        timetable: () => timetable,
        restricted: () => false,
        restrictedIn: () => null,
        stand: () => {},
        tell: () => {},
      });
      keeper.look('timetable');
      return keeper;
    }

    test('more than 24.8 days away come when they come', () => {
      const keeper = keeperUntil(clock.wall() + 40 * 24 * hour);
      clock.advance(40 * 24 * hour - 1);
      expect(keeper.now()).toBe('normal');
      clock.advance(1);
      expect(keeper.now()).toBe('disabled');
    });

    test('are met by a wall clock that runs too fast or too slow, without a step', () => {
      for (const perMinute of [30, -30]) {
        const from = clock.wall() + 12 * hour;
        const keeper = keeperUntil(from);
        while (keeper.now() === 'normal') {
          clock.advance(1_000);
          clock.stepWall(perMinute / 60);
        }
        expect(Math.abs(clock.wall() - from)).toBeLessThan(1_100);
      }
    });
  });

  test('that changes applies in the call in which the table changes', async () => {
    await start();
    timetable({ from: -1, until: 1, mode: 'disabled' });
    tableChanged();
    readers.card('front', 12, 1);
    expect(wires()).toEqual([]);
    removeRow(inForce.table, { row: 'timetable', id: 'door-front' });
    tableChanged();
    readers.card('front', 12, 1);
    expect(wires()).toEqual(['release front 5000']);
    expect(await accesses()).toEqual(['ann-card door_disabled', 'ann-card granted']);
  });
});

describe('a wall clock that steps', () => {
  beforeEach(async () => {
    timetable({ from: 2, until: 4, mode: 'unlocked' }, { from: 4, until: 6, mode: 'disabled' });
    await start();
    clock.advance(10_000);
    done();
  });

  test('into a more open time moves nothing until a time server was heard', async () => {
    clock.stepWall(3 * hour);
    clock.advance(10_000);
    expect(wires()).toEqual([]);
    expect(status()).toMatchObject({ now: 'normal', timetable: 'unlocked', waits_for: 'trusted_clock' });
    ntpHeard();
    clock.advance(1_000);
    expect(wires()).toEqual(['hold front 60000']);
    expect(await modes()).toEqual(['unlocked by clock']);
  });

  test.each([
    ['forward', 5 * hour],
    ['back', -5 * hour],
  ])('%s into a stricter time applies within 1 s', (_, ms) => {
    timetable(
      { from: -6, until: -4, mode: 'disabled' },
      { from: -1, until: 3, mode: 'unlocked' },
      { from: 4, until: 6, mode: 'disabled' },
    );
    tableChanged();
    expect(wires()).toEqual(['hold front 60000']);
    clock.stepWall(ms);
    clock.advance(1_000);
    expect(wires()).toEqual(['secure front']);
    expect(status()?.now).toBe('disabled');
  });

  test('over a whole period and back strikes nothing', () => {
    for (const ms of [20 * hour, -18 * hour, 400 * 24 * hour, -401 * 24 * hour]) {
      clock.stepWall(ms);
      clock.advance(2_000);
    }
    expect(wires()).toEqual([]);
  });

  test('and a restart in the doubt opens nothing', async () => {
    clock.stepWall(3 * hour);
    clock.advance(2_000);
    await killed();
    expect(wires()).toEqual([]);
    expect(status()).toMatchObject({ now: 'normal', waits_for: 'trusted_clock' });
  });
});

describe('first person in', () => {
  beforeEach(async () => {
    timetable({ from: 0, until: 8, mode: 'unlocked', arrival: { from: 0, until: 2 } });
    await start();
    done();
  });

  test('a grant releases the lock and then lets the door stand unlocked', async () => {
    expect(status()).toMatchObject({ now: 'normal', timetable: 'unlocked', waits_for: 'first_person' });
    readers.card('front', 12, 1);
    expect(wires()).toEqual(['release front 5000', 'hold front 60000']);
    expect(await modes()).toEqual(['unlocked by first_person']);
    clock.advance(8 * hour);
    expect(wires().at(-1)).toBe('secure front');
  });

  test('an operator, the exit button and a refusal let nobody in', async () => {
    void doors.unlock('door-front', 'portal');
    locks.report('front', { type: 'exit_button', pressed: true });
    readers.card('front', 12, 99);
    expect(done('hold')).toEqual([]);
    clock.advance(2 * hour);
    readers.card('front', 12, 1);
    expect(done('hold')).toEqual([]);
    expect(await modes()).toEqual([]);
  });

  test('who comes under threat opens, and lets nobody else in', async () => {
    putRow(inForce.table, person('ann', 1, '2468', { duress: true }));
    readers.card('front', 12, 1);
    expect(wires()).toEqual(['release front 5000']);
    expect(await modes()).toEqual([]);
    expect(await told('duress.alarm')).toMatchObject([{ credential_id: 'ann-card' }]);
  });

  test('who has come has come, restarts and all', async () => {
    readers.card('front', 12, 1);
    await told();
    await killed();
    expect(wires()).toEqual(['hold front 60000']);
    expect(status()).toMatchObject({ now: 'unlocked', waits_for: null });
  });
});

describe('an operator', () => {
  test('sets a mode that is durable when it is answered, and releases it to what the timetable says then', async () => {
    timetable({ from: 1, until: 3, mode: 'disabled' });
    await start();
    const set = doors.setMode('door-front', { mode: 'unlocked', until: null }, 'portal');
    expect(wires()).toEqual(['hold front 60000']);
    expect(await set).toEqual({ ok: true });
    await killed();
    expect(wires()).toEqual(['hold front 60000']);
    clock.advance(2 * hour);
    expect(status()).toMatchObject({
      now: 'unlocked',
      timetable: 'disabled',
      override: { mode: 'unlocked', until: null },
    });
    done();
    expect(await doors.setMode('door-front', null, 'portal')).toEqual({ ok: true });
    expect(wires()).toEqual(['secure front']);
    expect(await told('door.mode_changed')).toEqual([
      { type: 'door.mode_changed', mode: 'unlocked', by: 'operator', operator: 'portal', until: null },
      expect.objectContaining({ mode: 'disabled', by: 'operator', operator: 'portal' }),
    ]);
  });

  test('sets a mode until then', async () => {
    await start();
    await doors.setMode('door-front', { mode: 'disabled', until: clock.wall() + hour }, 'portal');
    clock.advance(hour - 1);
    expect(status()?.now).toBe('disabled');
    clock.advance(1);
    expect(status()).toMatchObject({ now: 'normal', override: null });
  });

  test('is told what cannot be: an end in the past, a door that is not there, a disk that does not keep it', async () => {
    await start();
    const past = { mode: 'unlocked', until: clock.wall() } as const;
    expect(await doors.setMode('door-front', past, 'portal')).toMatchObject({
      ok: false,
      code: 'invalid_input',
    });
    expect(await doors.setMode('door-gone', null, 'portal')).toMatchObject({ ok: false, code: 'not_found' });
    disk.failing(true);
    const kept = doors.setMode('door-front', { mode: 'disabled', until: null }, 'portal');
    expect(status()?.now).toBe('disabled');
    await settled();
    clock.advance(1_000);
    expect(await kept).toMatchObject({ ok: false, code: 'storage_unavailable' });
    disk.failing(false);
    for (let s = 0; s < 30; s++) {
      clock.advance(1_000);
      await settled();
    }
    await killed();
    expect(status()?.now).toBe('disabled');
  });
});

describe('a disabled door', () => {
  test('opens for no credential; the exit button and an operator still open it', async () => {
    timetable({ from: -1, until: 1, mode: 'disabled' });
    await start();
    readers.card('front', 12, 1);
    readers.type('front', '2468#');
    expect(wires()).toEqual([]);
    expect(await accesses()).toEqual(['ann-card door_disabled', 'ann-pin door_disabled']);
    locks.report('front', { type: 'exit_button', pressed: true });
    expect(await doors.unlock('door-front', 'portal')).toEqual({ ok: true });
    expect(wires()).toEqual(['release front 5000', 'release front 5000']);
  });
});

describe('a door that stands unlocked', () => {
  test('still decides and records, and an operator who opens it is told that it is open', async () => {
    timetable({ from: -1, until: 1, mode: 'unlocked' });
    await start();
    await settled();
    done();
    readers.card('front', 12, 1);
    readers.card('front', 12, 99);
    expect(done('release', 'hold', 'signal')).toEqual(['signal front granted', 'signal front refused']);
    expect(await doors.unlock('door-front', 'portal')).toEqual({ ok: true });
    expect(wires()).toEqual([]);
    expect(await accesses()).toEqual(['ann-card granted', 'null unknown_credential']);
  });
});

describe('card and PIN', () => {
  beforeEach(async () => {
    timetable({ from: -1, until: 9, mode: 'card_and_pin' });
    await start();
    done();
  });

  test('a card asks for its PIN, and the PIN of the same person opens, in the call in which it is complete', async () => {
    readers.card('front', 12, 1);
    expect(done('release', 'signal')).toEqual(['signal front enter_pin']);
    expect(await accesses()).toEqual([]);
    readers.type('front', '2468#');
    expect(done('release', 'signal')).toEqual([
      'signal front enter_pin',
      'release front 5000',
      'signal front granted',
    ]);
    expect(await told('access.granted')).toMatchObject([
      { user_id: 'ann', credential_id: 'ann-pin', card: { credential_id: 'ann-card' } },
    ]);
  });

  test('a card that no PIN follows within 10 s is refused', async () => {
    readers.card('front', 12, 1);
    readers.type('front', '246');
    clock.advance(9_899);
    expect(await accesses()).toEqual([]);
    clock.advance(1);
    expect(done('signal').at(-1)).toBe('signal front refused');
    readers.type('front', '2468#');
    expect(wires()).toEqual([]);
    expect(await accesses()).toEqual(['ann-card second_factor_needed', 'ann-pin second_factor_needed']);
  });

  test('a PIN alone, or of somebody else, does not open and counts as a wrong try', async () => {
    readers.type('front', '2468#');
    readers.card('front', 12, 1);
    readers.type('front', '1357#');
    readers.card('front', 12, 1);
    readers.type('front', '9999#');
    expect(wires()).toEqual([]);
    expect(await accesses()).toEqual([
      'ann-pin second_factor_needed',
      'bob-pin second_factor_needed',
      'null wrong_pin',
    ]);
    expect(await told('keypad.locked_out')).toHaveLength(1);
    readers.card('front', 12, 1);
    expect(done('signal').at(-1)).toBe('signal front locked_out');
  });

  test('a card stands for one PIN only', async () => {
    readers.card('front', 12, 1);
    readers.type('front', '9999#2468#');
    expect(wires()).toEqual([]);
    expect(await accesses()).toEqual(['null wrong_pin', 'ann-pin second_factor_needed']);
  });

  test('another card takes the place of the first; clearing goes on asking for the PIN', async () => {
    readers.card('front', 12, 1);
    readers.card('front', 12, 2);
    readers.type('front', '1*');
    expect(done('signal').at(-1)).toBe('signal front enter_pin');
    readers.type('front', '1357#');
    expect(wires()).toEqual(['release front 5000']);
    expect(await accesses()).toEqual(['ann-card second_factor_needed', 'bob-pin granted']);
  });

  test('a card that nobody gave, or that may not, asks for nothing', async () => {
    readers.card('front', 12, 99);
    expect(done('signal')).toEqual(['signal front refused']);
    expect(await accesses()).toEqual(['null unknown_credential']);
  });

  test('a card with a number of uses is used up when the PIN is granted, and not before', async () => {
    const uses = { max: 1, used: 0, generation: 1 };
    putRow(inForce.table, person('ann', 1, '2468', { uses }));
    readers.card('front', 12, 1);
    readers.type('front', '9999#');
    expect(journal.used('ann-card', 1)).toBe(0);
    readers.card('front', 12, 1);
    readers.type('front', '2468#');
    expect(await told('access.granted')).toMatchObject([
      { credential_id: 'ann-pin', card: { credential_id: 'ann-card', use: { generation: 1, used: 1 } } },
    ]);
    expect(wires()).toEqual(['release front 5000']);
    readers.card('front', 12, 1);
    expect((await accesses()).at(-1)).toBe('ann-card no_uses_left');
  });

  test('a card that is blocked, or used up at another door, before its PIN is complete does not count', async () => {
    const uses = { max: 1, used: 0, generation: 1 };
    for (const [lost, reason] of [
      [{ uses, blocked: true }, 'blocked'],
      [{ uses: { ...uses, used: 1 } }, 'no_uses_left'],
    ] as const) {
      putRow(inForce.table, person('ann', 1, '2468', { uses }));
      readers.card('front', 12, 1);
      putRow(inForce.table, person('ann', 1, '2468', lost));
      readers.type('front', '2468#');
      expect((await accesses()).slice(-2)).toEqual([`ann-card ${reason}`, 'ann-pin second_factor_needed']);
      readers.card('front', 12, 2);
      readers.type('front', '1357#');
    }
    expect(wires()).toEqual(['release front 5000', 'release front 5000']);
  });

  test('a use of a card and one of a PIN are both counted before either is on the disk', async () => {
    const uses = { max: 2, used: 0, generation: 1 };
    const ann = person('ann', 1, '2468', { uses });
    const counted = ann.credentials.map((one) => ({ ...one, uses }));
    putRow(inForce.table, { ...ann, credentials: counted });
    readers.card('front', 12, 1);
    readers.type('front', '2468#');
    expect([journal.used('ann-card', 1), journal.used('ann-pin', 1)]).toEqual([1, 1]);
  });

  test('a use that does not get to the disk opens nothing, and neither is told as used', async () => {
    const uses = { max: 2, used: 0, generation: 1 };
    putRow(inForce.table, person('ann', 1, '2468', { uses }));
    disk.hanging(true);
    readers.card('front', 12, 1);
    readers.type('front', '2468#');
    await settled();
    clock.advance(500);
    await settled();
    disk.hanging(false);
    const [refused] = await told('access.refused');
    expect(refused).toMatchObject({ reason: 'use_not_recordable', credential_id: 'ann-pin' });
    expect([refused?.['use'], refused?.['card']]).toEqual([undefined, { credential_id: 'ann-card' }]);
    expect([wires(), journal.used('ann-card', 1)]).toEqual([[], 0]);
  });

  test('a card that tells of a threat raises the alarm, whatever PIN follows', async () => {
    putRow(inForce.table, person('ann', 1, '2468', { duress: true }));
    readers.card('front', 12, 1);
    readers.type('front', '2468#');
    expect(wires()).toEqual(['release front 5000']);
    expect(await told('duress.alarm')).toMatchObject([{ user_id: 'ann', credential_id: 'ann-card' }]);
  });

  test('is judged from afar by the mode of that instant', async () => {
    const attempt = (at: number | null) =>
      doors.attempt({ reader_id: 'reader-front', kind: 'pin', value: new Secret('2468'), at, open: false });
    expect(await attempt(null)).toMatchObject({ decision: { reason: 'second_factor_needed' } });
    expect(await attempt(clock.wall() + 10 * hour)).toMatchObject({ decision: { reason: 'granted' } });
  });
});

test('through any steps of the clock, time servers, waits, restarts and grants: within 1 s as the timetable says now, or stricter', () => {
  const second = 1_000;
  const deed = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), s: fc.nat(40) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('step' as const), s: fc.integer({ min: -60, max: 60 }) }),
    },
    { weight: 3, arbitrary: fc.constant({ do: 'ntp' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
    { weight: 2, arbitrary: fc.constant({ do: 'grant' as const }) },
  );
  fc.assert(
    fc.property(someTimetable, fc.array(deed, { maxLength: 15 }), (small, deeds) => {
      clock = virtualClock();
      ntp = { says: 'synchronized', mark: 1 };
      const begin = clock.wall();
      const at = ({ from, until }: { from: number; until: number }) => ({
        from: begin + from * second,
        until: begin + until * second,
      });
      const timetable: Timetable = {
        ...at(small),
        periods: small.periods.map(({ mode, arrival, ...span }) => ({
          ...at(span),
          mode,
          arrival: arrival && at(arrival),
        })),
      };
      let kept: string | null = null;
      let time: KeptTime | null = null;
      let grants: number[] = [];
      let open = false;
      function begun() {
        const trust = trustedClock({
          clock,
          journal: {
            append: () => {},
            time: () => time,
            keepTime: (now) => void Object.assign(known, { now }),
          },
          ntp: () => ntp,
          trust: 'auto',
          resource: 'system/site',
          doubted: () => {},
        });
        const known: { now: KeptTime | null } = { now: time };
        const keeper = modeKeeper({
          doorId: 'd',
          clock,
          trustedClock: trust,
          journal: {
            doorMode: () => (kept === null ? null : (JSON.parse(kept) as KeptDoorMode)),
            async keepDoorMode(_, mode) {
              kept = JSON.stringify(mode);
              return true;
            },
          },
          timetable: () => timetable,
          restricted: () => false,
          restrictedIn: () => null,
          stand(unlocked) {
            // A lock moves only by a clock that is believed, or not to open.
            if (unlocked && !open) expect(trust.trusted()).toBe(true);
            open = unlocked;
          },
          tell: () => {},
        });
        trust.start();
        keeper.look('timetable');
        trust.onChange(() => keeper.look('clock'));
        return { trust, keeper, known };
      }
      let life = begun();
      for (const each of deeds) {
        switch (each.do) {
          case 'wait':
            clock.advance(each.s * second);
            break;
          case 'step':
            clock.stepWall(each.s * second);
            break;
          case 'ntp':
            ntpHeard();
            break;
          case 'restart':
            life.keeper.close();
            life.trust.close();
            time = life.known.now;
            open = false;
            life = begun();
            break;
          case 'grant':
            if (life.trust.trusted()) grants = [...grants, clock.wall()];
            life.keeper.arrived();
            break;
        }
        clock.advance(second);
        const wall = clock.wall();
        const period = plainPeriod(timetable, wall);
        const come = (arrival: TimetablePeriod['arrival']) =>
          arrival === null ||
          grants.some((grant) => grant <= wall && grant >= arrival.from && grant < arrival.until);
        const says = period !== null && come(period.arrival) ? period.mode : 'normal';
        const reached = wall >= timetable.from && wall < timetable.until;
        if (life.trust.trusted() && reached) expect(life.keeper.now()).toBe(says);
        expect(moreOpen(life.keeper.now(), says)).toBe(false);
        expect(open).toBe(life.keeper.now() === 'unlocked');
      }
      life.keeper.close();
      life.trust.close();
    }),
    { numRuns: 300 },
  );
});
