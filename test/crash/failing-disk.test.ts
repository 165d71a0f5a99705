import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../system/deadline.ts';
import { type Rig, startRig } from '../system/rig.ts';
import { type ApiCaller, apiCaller } from './api-caller.ts';
import { buildShim, type FaultyDisk, faultyDisk } from './disk-shim.ts';

/** The built daemon on a disk that is full, breaks, goes read-only or is slow: doors are as ever, the API says what it cannot do. */
let place: string;
let shim: string;
let rig: Rig;
let disk: FaultyDisk;
let api: ApiCaller;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'postern-shim-'));
  shim = buildShim(place);
});
afterAll(() => rmSync(place, { recursive: true }));
afterEach(async () => {
  disk.now('well');
  disk.slow(0);
  await rig.stop();
  await rig.close();
});

async function start(): Promise<void> {
  rig = await startRig({
    environment(directory) {
      const state = join(directory, 'state');
      mkdirSync(state, { mode: 0o700 });
      disk = faultyDisk(shim, state, join(directory, 'fault'));
      return disk.env;
    },
  });
  api = apiCaller(join(rig.directory, 'admin.sock'));
  await rig.start();
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
}

/** Shows the card and waits for the lock; milliseconds from the one to the other, by the simulator's clock. */
async function doorOpens(): Promise<number> {
  const released = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'released');
  const secured = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'secured').length;
  const before = released().length;
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  const moved = await until('the lock is released', () => released()[before], 5_000);
  await until('the lock is secured again', () => secured() > before);
  const shown = rig.wires.findLast((e) => e.event === 'card_reported')?.at_us ?? 0;
  return (moved.at_us - shown) / 1_000;
}
const make = (last_name: string) => api.call('POST', '/v1/users', { first_name: 'A', last_name });
const lastNames = async () =>
  (await api.all<{ last_name: string }>('/v1/users')).map((user) => user.last_name);

test.each(['full', 'broken', 'unsynced', 'read_only'] as const)(
  'a disk that is %s: writes are refused for a while, nothing else changes',
  async (kind) => {
    await start();
    const admin = rig.adminPid();
    disk.now(kind);
    const refused = await make('Refused');
    expect(refused).toMatchObject({
      is: 'answered',
      status: 503,
      body: { code: 'storage_unavailable', retriable: true },
    });
    expect((await make('Refused, too')).is).toBe('answered');
    expect(await lastNames()).toEqual(['Lovelace']);
    expect((await api.call('GET', '/v1/feed?limit=10')).is).toBe('answered');
    expect(await doorOpens()).toBeLessThan(1_000);
    disk.now('well');
    await until('a change is taken again', async () => {
      const made = await make('Taken');
      return made.is === 'answered' && made.status === 201;
    });
    expect(await lastNames()).toEqual(['Lovelace', 'Taken']);
    expect(rig.adminPid()).toBe(admin);
    await until('the door event of meanwhile is told', async () =>
      (await rig.feed()).some(({ type }) => type === 'access.granted'),
    );
    // What was refused is not there after a restart either.
    await rig.stop('SIGKILL');
    await rig.start();
    expect(await lastNames()).toEqual(['Lovelace', 'Taken']);
  },
  90_000,
);

test('a disk that takes seconds to sync holds up writes and nothing else', async () => {
  await start();
  const admin = rig.adminPid();
  disk.slow(3_000);
  const slow = make('Slow');
  expect(await doorOpens()).toBeLessThan(1_000);
  for (let i = 0; i < 3; i++) {
    const begun = performance.now();
    expect((await api.call('GET', '/v1/system')).is).toBe('answered');
    // The process that is asked whether it hangs answers just so.
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await doorOpens()).toBeLessThan(1_000);
  }
  expect(await slow).toMatchObject({ is: 'answered', status: 201 });
  expect(rig.adminPid()).toBe(admin);
}, 60_000);

test('started on a read-only disk the doors work by the sealed table', async () => {
  await start();
  await rig.stop();
  disk.now('read_only');
  const started = rig.start().catch(() => {});
  await until('the readers are heard', async () => (await doorOpens()) < 1_000, 30_000);
  expect(rig.output()).toContain('doors open by the sealed table');
  disk.now('well');
  await started;
}, 120_000);
