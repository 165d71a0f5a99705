import { beforeEach, describe, expect, test } from 'vitest';
import { emptyTable, putRow } from '../../src/core/access-table.ts';
import type { ArmState } from '../../src/core/panel.ts';
import { Secret } from '../../src/core/secret.ts';
import type { CredentialRow, UserRow } from '../../src/core/table-row.ts';
import { type DoorProcess, doorProcess } from '../../src/door/door-process.ts';
import { type Journal, openJournal } from '../../src/door/journal.ts';
import type { TableInForce } from '../../src/door/table-keeper.ts';
import {
  atWork,
  type FakeLocks,
  type FakePanel,
  type FakeReaders,
  fakeLocks,
  fakePanel,
  fakeReaders,
  noTable,
  plainKey,
  twoDoors,
} from '../support/door-site.ts';
import { type MemoryDisk, memoryDisk, settled } from '../support/memory-disk.ts';
import { rightClock } from '../support/right-clock.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

const credential = (id: string, key: string, more: Partial<CredentialRow> = {}): CredentialRow => ({
  id,
  key,
  draft: false,
  blocked: false,
  duress: false,
  from: null,
  until: null,
  uses: null,
  ...more,
});
const ann: UserRow = {
  row: 'user',
  id: 'ann',
  suspended: false,
  from: null,
  until: null,
  credentials: [
    credential('ann-card', 'token:h10301:12:3456'),
    credential('ann-pin', 'pin:2468'),
    credential('ann-duress', 'pin:2469', { duress: true }),
    credential('ann-once', 'pin:1357', { uses: { max: 1, used: 0, generation: 1 } }),
    credential('ann-blocked', 'token:h10301:12:9', { blocked: true }),
  ],
  grants: [
    { target: { door: 'door-front' }, schedule: null, from: null, until: null },
    { target: { door: 'door-back' }, schedule: null, from: null, until: null },
  ],
};

let clock: VirtualClock;
let disk: MemoryDisk;
let journal: Journal;
let deeds: string[];
let readers: FakeReaders;
let locks: FakeLocks;
let panel: FakePanel;
let inForce: TableInForce | null;
let doors: DoorProcess;

async function start(): Promise<void> {
  const trouble = () => {};
  journal = await openJournal({
    files: disk.mount(),
    path: '/state/door.journal',
    clock,
    newId: () => 'journal',
    resource: 'system/site',
    isSettled: () => false,
    trouble,
  });
  await settled();
  deeds = [];
  readers = fakeReaders(deeds);
  locks = fakeLocks(deeds);
  panel = fakePanel();
  doors = doorProcess({
    site: twoDoors,
    version: '1',
    pid: 1,
    clock,
    readerBuses: new Map([['readers', readers]]),
    lockBuses: new Map([['locks', locks]]),
    readerKeys: null,
    keysFailed: (error) => {
      throw error;
    },
    panel,
    codePanel: null,
    codeLocks: new Map(),
    journal,
    trustedClock: rightClock(clock),
    lookupKey: plainKey,
    table: { inForce: () => inForce, onChange: () => {} },
    tableStart: noTable,
    admin: () => atWork,
    failed(error) {
      throw error;
    },
  });
  doors.start();
}

beforeEach(async () => {
  clock = virtualClock();
  disk = memoryDisk();
  const table = emptyTable(['door-front', 'door-back']);
  putRow(table, ann);
  inForce = { table, version: { table_id: 't', revision: 1 }, source: 'snapshot' };
  await start();
  locks.report('front', { type: 'contact', open: false });
  locks.report('back', { type: 'contact', open: false });
});

/** Everything told so far but the start, oldest first. */
async function events(): Promise<{ type: string; resource: string; data: Record<string, unknown> }[]> {
  await settled();
  clock.advance(100);
  await settled();
  return journal
    .after(0, 1_000)
    .map(({ event: { type, resource, data } }) => ({ type, resource, data: { ...data } }))
    .filter(({ type }) => type !== 'system.started');
}
const toldTypes = async (): Promise<string[]> => (await events()).map(({ type }) => type);
async function lastRefusal(): Promise<unknown> {
  return (await events()).filter(({ type }) => type === 'access.refused').at(-1)?.data['reason'];
}
const arm = (state: ArmState): void =>
  panel.report({ type: 'partition', partition: 'house', state, since: clock.wall() });

describe('door process', () => {
  test('a card releases the lock in the call that reports it, before anything is shown or told', async () => {
    readers.card('front', 12, 3456);
    expect(deeds).toEqual(['release front 5000', 'signal front granted']);
    expect(await events()).toEqual([
      {
        type: 'access.granted',
        resource: 'door/door-front',
        data: {
          reader_id: 'reader-front',
          reason: 'granted',
          user_id: 'ann',
          credential_id: 'ann-card',
        },
      },
      { type: 'door.unlocked', resource: 'door/door-front', data: { by: 'credential' } },
    ]);
    clock.advance(5_000);
    expect(deeds.at(-1)).toBe('secure front');
    expect((await toldTypes()).at(-1)).toBe('door.secured');
  });

  test('a PIN with # does the same in the call of its last key', () => {
    readers.type('front', '24');
    readers.type('front', '68');
    deeds.length = 0;
    readers.type('front', '#');
    expect(deeds).toEqual(['release front 5000', 'signal front granted']);
  });

  test.each([
    ['an unknown card', () => readers.card('front', 12, 1), 'unknown_credential'],
    ['a blocked card', () => readers.card('front', 12, 9), 'blocked'],
    ['a card read during an outage', () => readers.card('front', 12, 3456, true), 'read_during_outage'],
    ['a wrong PIN', () => readers.type('front', '1111#'), 'wrong_pin'],
    ['too many digits', () => readers.type('front', '246824682468#'), 'wrong_pin'],
    [
      'a card without a table',
      () => {
        inForce = null;
        readers.card('front', 12, 3456);
      },
      'no_table',
    ],
  ])('%s is refused with its reason and moves no lock', async (_, present, reason) => {
    present();
    expect(deeds.at(-1)).toBe('signal front refused');
    expect(deeds.some((deed) => deed.startsWith('release'))).toBe(false);
    expect(await lastRefusal()).toBe(reason);
  });

  test('bits that are no card are told by their number, not by what they are', async () => {
    readers.report('front', {
      type: 'card',
      bits: Uint8Array.of(1, 2, 3),
      bit_count: 24,
      after_outage: false,
    });
    expect(deeds).toEqual(['signal front refused']);
    expect(await events()).toMatchObject([{ type: 'card.unreadable', data: { bit_count: 24 } }]);
  });

  test('a PIN typed too slowly, cleared by *, or cut by an outage of the reader does not open', async () => {
    readers.type('front', '24');
    clock.advance(5_000);
    readers.type('front', '*2468*');
    readers.type('front', '24');
    readers.report('front', { type: 'offline', reason: 'silent' });
    readers.report('front', { type: 'keys', keys: ['6', '8', '#'], after_outage: true });
    readers.type('front', '#');
    expect(deeds.filter((deed) => deed.startsWith('release'))).toEqual([]);
    expect(await toldTypes()).toEqual(['reader.offline']);
  });

  test('wrong PINs lock the keypad, growing, over restarts; cards and the exit button still work', async () => {
    const until = clock.wall() + 90_000;
    for (let i = 0; i < 3; i++) readers.type('front', '1111#');
    expect(deeds.at(-1)).toBe('signal front locked_out');
    readers.type('front', '2468#');
    expect(deeds.at(-1)).toBe('signal front locked_out');
    expect(await lastRefusal()).toBe('locked_out');
    expect(await events()).toContainEqual({
      type: 'keypad.locked_out',
      resource: 'reader/reader-front',
      data: { until, wrong_tries: 3 },
    });
    const status = doors.status();
    expect(status.doors[0]?.locked_out_until).not.toBeNull();
    expect(status.doors[1]?.locked_out_until).toBeNull();

    readers.card('front', 12, 3456);
    locks.report('front', { type: 'exit_button', pressed: true });
    readers.type('back', '2468#');
    expect(deeds.filter((deed) => deed === 'release front 5000')).toHaveLength(2);
    await events();

    disk.powerCut(0);
    clock.stepWall(365 * 86_400_000);
    await start();
    readers.type('front', '2468#');
    expect(await lastRefusal()).toBe('locked_out');
    clock.advance(90_000);
    for (let i = 0; i < 3; i++) readers.type('front', '1111#');
    clock.advance(299_000);
    readers.type('front', '2468#');
    expect(await lastRefusal()).toBe('locked_out');
    clock.advance(1_000);
    deeds.length = 0;
    readers.type('front', '2468#');
    expect(deeds).toContain('release front 5000');
    expect(journal.lockOut('reader-front')).toBeNull();
  });

  test('a duress PIN does the very same at the door, and raises the alarm', async () => {
    readers.type('front', '2468#');
    const usual = deeds.splice(0);
    readers.type('front', '2469#');
    expect(deeds).toEqual(usual);
    expect(await events()).toContainEqual({
      type: 'duress.alarm',
      resource: 'door/door-front',
      data: { reader_id: 'reader-front', user_id: 'ann', credential_id: 'ann-duress' },
    });
  });

  test('a code for one use waits for the disk, opens once, and not again after a power cut', async () => {
    disk.hanging(true);
    readers.type('front', '1357#');
    await settled();
    expect(deeds.some((deed) => deed.startsWith('release'))).toBe(false);
    readers.type('back', '1357#');
    expect(await lastRefusal()).not.toBe('granted');
    disk.hanging(false);
    await settled();
    expect(deeds).toContain('release front 5000');
    expect(deeds).not.toContain('release back 5000');
    expect((await events()).find(({ type }) => type === 'access.granted')?.data['use']).toEqual({
      generation: 1,
      used: 1,
    });
    disk.powerCut(0);
    await start();
    readers.type('front', '1357#');
    expect(await lastRefusal()).toBe('no_uses_left');
  });

  test('a code for one use is refused when the disk does not answer, and is not used up', async () => {
    disk.failing(true);
    readers.type('front', '1357#');
    await settled();
    clock.advance(500);
    await settled();
    expect(deeds.at(-1)).toBe('signal front refused');
    disk.failing(false);
    clock.advance(30_000);
    await settled();
    expect(await lastRefusal()).toBe('use_not_recordable');
    readers.type('front', '1357#');
    await settled();
    expect(deeds).toContain('release front 5000');
  });

  test('forced and held open are told, and stand in the status', async () => {
    locks.report('front', { type: 'contact', open: true });
    clock.advance(30_000);
    expect(doors.status().doors[0]).toMatchObject({ contact: 'open', forced_open: true, held_open: true });
    expect(await toldTypes()).toEqual(['door.opened', 'door.forced_open', 'door.held_open']);
  });

  test('the exit button opens, and the opening is no break-in', async () => {
    locks.report('front', { type: 'exit_button', pressed: true });
    expect(deeds).toEqual(['release front 5000']);
    locks.report('front', { type: 'contact', open: true });
    expect(deeds).toEqual(['release front 5000', 'secure front']);
    expect(await toldTypes()).not.toContain('door.forced_open');
  });

  test('a lock that does not answer is told with its code', async () => {
    locks.ends({ ok: false, code: 'lock_offline', detail: 'no answer from unit 1' });
    readers.card('front', 12, 3456);
    expect(await events()).toContainEqual({
      type: 'door.unlock_failed',
      resource: 'door/door-front',
      data: { by: 'credential', code: 'lock_offline', detail: 'no answer from unit 1' },
    });
  });

  test('a door that stands unlocked is shut in the call that says its partition is armed, and opens when that is disarmed', async () => {
    arm('disarmed');
    locks.report('back', { type: 'online' });
    locks.report('back', { type: 'output', state: 'secured' });
    await Promise.all([doors.setMode('door-back', { mode: 'unlocked', until: null }, 'portal'), settled()]);
    const wires = () => deeds.splice(0).filter((deed) => /^(hold|secure) back/.test(deed));
    const mode = () => doors.status().doors.find(({ id }) => id === 'door-back')?.mode;
    expect(wires()).toEqual(['hold back 60000']);
    arm('arming');
    expect(wires()).toEqual(['secure back']);
    expect(mode()).toMatchObject({ now: 'normal', override: { mode: 'unlocked' }, waits_for: 'disarm' });
    arm('armed');
    expect(wires()).toEqual([]);
    expect(await doors.unlock('door-back', 'portal').then(({ ok }) => ok)).toBe(true);
    arm('disarmed');
    expect(wires()).toEqual(['hold back 60000']);
    const told = (await events()).filter(({ type }) => type === 'door.mode_changed');
    expect(told.map(({ data }) => [data['mode'], data['by']])).toEqual([
      ['unlocked', 'operator'],
      ['normal', 'partition'],
      ['unlocked', 'partition'],
    ]);
    // Lost, it counts as disarmed for ten minutes.
    arm('unknown');
    clock.advance(600_000);
    expect(mode()?.now).toBe('unlocked');
    deeds.length = 0;
    clock.advance(1);
    expect([mode()?.now, wires()]).toEqual(['normal', ['secure back']]);
  });

  test('the grace of a lost panel ends to the millisecond, though something else is waited for', async () => {
    arm('disarmed');
    const until = clock.wall() + 3_600_000;
    await Promise.all([doors.setMode('door-back', { mode: 'unlocked', until }, 'portal'), settled()]);
    arm('unknown');
    const mode = () => doors.status().doors.find(({ id }) => id === 'door-back')?.mode.now;
    clock.advance(600_000);
    expect(mode()).toBe('unlocked');
    clock.advance(1);
    expect(mode()).toBe('normal');
    const told = (await events()).filter(({ type }) => type === 'door.mode_changed');
    expect(told.at(-1)?.data).toMatchObject({ mode: 'normal', by: 'partition' });
  });

  test('a door of an armed partition is restricted, others are not; unknown counts as last known for ten minutes', async () => {
    const opens = (): boolean => {
      deeds.length = 0;
      readers.card('back', 12, 3456);
      return deeds.includes('release back 5000');
    };
    expect(opens(), 'never known').toBe(false);
    arm('disarmed');
    expect(opens(), 'disarmed').toBe(true);
    arm('arming');
    expect(opens(), 'arming').toBe(false);
    arm('armed');
    expect(opens(), 'armed').toBe(false);
    expect(await lastRefusal()).toBe('restricted_while_armed');
    readers.card('front', 12, 3456);
    expect(deeds).toContain('release front 5000');
    arm('unknown');
    expect(opens(), 'lost while armed').toBe(false);
    arm('disarmed');
    arm('unknown');
    clock.advance(600_000);
    expect(opens(), 'lost while disarmed, within the grace').toBe(true);
    clock.advance(1);
    expect(opens(), 'lost for too long').toBe(false);
  });

  test('an operator unlocks a door and is named; an unknown door or reader is an answer', async () => {
    expect(await doors.unlock('door-back', 'portal')).toEqual({ ok: true });
    expect(await events()).toEqual([
      { type: 'door.unlocked', resource: 'door/door-back', data: { by: 'operator', operator: 'portal' } },
    ]);
    expect(await doors.unlock('nowhere', 'portal')).toMatchObject({ ok: false, code: 'not_found' });
    const attempt = { kind: 'pin', value: new Secret('1'), at: null, open: false } as const;
    expect(await doors.attempt({ ...attempt, reader_id: 'none' })).toMatchObject({ ok: false });
  });

  test('an attempt only decides, unless it is to open', async () => {
    const attempt = { reader_id: 'reader-front', kind: 'pin', value: new Secret('2468'), at: null } as const;
    expect(await doors.attempt({ ...attempt, open: false })).toMatchObject({ decision: { granted: true } });
    expect(deeds).toEqual([]);
    await doors.attempt({ ...attempt, value: new Secret('1111'), open: false });
    expect(await events()).toEqual([]);
    await doors.attempt({ ...attempt, open: true });
    expect(deeds).toEqual(['release front 5000', 'signal front granted']);
  });

  test('devices repeat themselves, the journal does not', async () => {
    readers.report('front', { type: 'tamper', active: false });
    readers.report('front', { type: 'tamper', active: true });
    readers.report('front', { type: 'tamper', active: true });
    arm('disarmed');
    arm('disarmed');
    expect(await toldTypes()).toEqual(['reader.tamper', 'partition.changed']);
  });

  test('at the end each door is left as it should be, and the journal written, even if a lock never answers', async () => {
    locks.ends(null);
    const stopping = doors.stop('SIGTERM');
    expect(deeds).toEqual(['release front 600000', 'secure back']);
    readers.card('back', 12, 3456);
    let stopped = false;
    void stopping.then(() => {
      stopped = true;
    });
    for (let i = 0; i < 29 && !stopped; i++) {
      clock.advance(100);
      await settled();
    }
    expect(stopped).toBe(true);
    expect(deeds).not.toContain('release back 5000');
    expect(deeds.slice(-2)).toEqual(['close readers', 'close locks']);
    disk.powerCut(0);
    await start();
    expect(await toldTypes()).toEqual(['system.stopped']);
  });

  test('no PIN and no card number is in any event', async () => {
    readers.type('front', '2468#');
    readers.type('front', '97531#');
    readers.card('front', 12, 3456);
    readers.card('front', 77, 54321);
    expect(JSON.stringify(await events())).not.toMatch(/2468|97531|3456|54321/);
    expect(JSON.stringify(doors.status())).not.toMatch(/2468|97531|3456|54321/);
  });
});
