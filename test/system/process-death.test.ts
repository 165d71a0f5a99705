import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** Processes that die, hang and come back. */
let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
  await rig.start();
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
}, 40_000);
afterEach(() => rig.close());

const released = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'released').length;
const reported = () => rig.wires.filter((e) => e.event === 'card_reported').length;

/** Shows the card so many times, each time waiting for the lock, without asking the admin process anything. */
async function open(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const before = released();
    await rig.act({ do: 'card', reader: i % 2 === 0 ? 'front' : 'back', card: '12:3456' });
    await until('the lock is released', () => released() > before);
    await until('the lock is secured', () => {
      const moves = rig.wires.filter((e) => e.event === 'lock_moved');
      return moves.length === 2 * released();
    });
  }
}
const grants = async () => (await rig.feed()).filter(({ type }) => type === 'access.granted');
const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(spawnSync('cat', [`/proc/${pid}/stat`]).stdout.toString());

test('the admin process killed in the middle of traffic: cards go on opening, and every event arrives once, in order', async () => {
  await open(2);
  process.kill(rig.adminPid(), 'SIGKILL');
  await open(4);
  await until('the admin process is back with all events', async () => (await grants()).length === 6, 30_000);
  expect(reported()).toBe(6);
  const entries = await rig.feed();
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
  const doorTimes = entries
    .filter(({ type }) => /^(access\.granted|door\.)/.test(type))
    .map(({ time }) => time);
  expect([...doorTimes].sort()).toEqual(doorTimes);
  expect(entries.filter(({ type }) => type === 'admin.restarted')).toHaveLength(1);
}, 90_000);

test('the admin process stopped (SIGSTOP): doors go on; continued, it catches up', async () => {
  const admin = rig.adminPid();
  process.kill(admin, 'SIGSTOP');
  await open(4);
  process.kill(admin, 'SIGCONT');
  await until('all events arrive', async () => (await grants()).length === 4);
  expect(rig.adminPid()).toBe(admin);
}, 60_000);

test('the door process killed: the admin process ends within a second, and the next start works at once', async () => {
  const admin = rig.adminPid();
  await open(1);
  await rig.stop('SIGKILL');
  await until('the admin process has ended', () => !isAlive(admin), 1_500);
  await rig.start();
  await open(1);
  await until('both grants are told', async () => (await grants()).length === 2);
}, 60_000);

test('a restart writes no relay that is already as wanted, and nobody loses access', async () => {
  await open(1);
  // The back door is left unlocked at a stop, so only the front lock is as wanted when the next start reads it.
  const written = () => rig.wires.filter((e) => e.event === 'lock_written' && e.lock === 'front').length;
  expect((await rig.stop()).code).toBe(0);
  const before = written();
  await rig.start();
  await until('both locks were read', async () => {
    const { doors } = await rig.admin.get<{ doors: { locks: { output: string | null }[] } }>('/v1/system');
    return doors.locks.every(({ output }) => output === 'secured');
  });
  expect(written()).toBe(before);
  await open(2);
}, 60_000);

test('with the database gone the doors open by the sealed table, and the daemon says so', async () => {
  await open(1);
  await until('the table is sealed', () => existsSync(join(rig.directory, 'state', 'table.sealed')));
  await rig.stop();
  spawnSync('sh', [
    '-c',
    `mv ${rig.directory}/state/database ${rig.directory}/gone && touch ${rig.directory}/state/database`,
  ]);
  await expect(rig.start()).rejects.toThrow();
  await open(1);
  expect(rig.output()).toContain('doors open by the sealed table');
  expect(rig.output()).toContain('state/database');
}, 90_000);

test('SIGTERM in the middle of a strike leaves each relay as its door says', async () => {
  const state = async () =>
    ((await rig.act({ do: 'state' })) as { state: { doors: Record<string, { lock: string }> } }).state.doors;
  const before = released();
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  await until('the lock is released', () => released() > before);
  const { code } = await rig.stop('SIGTERM');
  expect(code).toBe(0);
  expect((await state())['front']?.lock).toBe('secured');
  expect((await state())['back']?.lock).toBe('released');
}, 60_000);

test('a second daemon on the same site is refused with a reason, and the first goes on', async () => {
  const second = spawnSync(process.execPath, [
    join(import.meta.dirname, '..', '..', 'dist', 'main.js'),
    '--config',
    join(rig.directory, 'site.toml'),
  ]);
  expect(second.status).toBe(3);
  expect(second.stderr.toString()).toContain('another Postern daemon');
  await open(1);
}, 60_000);
