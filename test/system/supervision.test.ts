import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { until } from './deadline.ts';
import { misbehaving } from './misbehaviour.ts';
import { type Rig, startRig } from './rig.ts';

/** Processes that hang, grow or fall, and what becomes of them while the doors go on. */
let rig: Rig;
afterEach(() => rig.close());

const released = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'released').length;

async function opens(): Promise<void> {
  const before = released();
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  await until('the lock is released', () => released() > before);
}

/** Starts with somebody who may go in. */
async function started(environment: (directory: string) => NodeJS.ProcessEnv): Promise<void> {
  rig = await startRig({ environment });
  await rig.start();
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
}

function status(): { exit: number | null; out: string } {
  const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
  const socket = join(rig.directory, 'admin.sock');
  const { status: exit, stdout } = spawnSync(process.execPath, [cli, 'status', '--socket', socket]);
  return { exit, out: stdout.toString() };
}

interface Restarted {
  why: string;
  last_words: string[];
}
/** What is told of the first restart, as soon as it is. */
async function restarted(): Promise<Restarted | undefined> {
  const entry = (await rig.feed()).find(({ type }) => type === 'admin.restarted');
  return entry?.data as Restarted | undefined;
}

test.each([
  ['stopped', 'SIGSTOP'],
  ['turning in circles', 'SIGUSR2'],
] as const)(
  'an admin process that is found %s is ended and replaced; doors go on',
  async (_, signal) => {
    await started((directory) => misbehaving(directory, 'admin-main.js', 'turns in circles'));
    const hung = rig.adminPid();
    process.kill(hung, signal);
    await opens();
    const { why } = await until('another one is at work', restarted, 40_000);
    expect(why).toBe('no answer for 15 s');
    expect(rig.adminPid()).not.toBe(hung);
    await opens();
  },
  90_000,
);

test('an admin process that grows without bound meets its heap limit, says so at last, and is replaced', async () => {
  await started((directory) => misbehaving(directory, 'admin-main.js', 'grows without bound'));
  const pid = rig.adminPid();
  expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--max-old-space-size=512');
  process.kill(pid, 'SIGUSR2');
  await opens();
  const { why, last_words } = await until('another one is at work', restarted, 60_000);
  expect(why).toBe('ended by SIGABRT');
  expect(last_words.join('\n')).toContain('JavaScript heap out of memory');
}, 120_000);

test('when the kernel is short of memory the admin process goes before the door process', async () => {
  await started(() => ({}));
  const score = (pid: number) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));
  expect(score(rig.adminPid())).toBeGreaterThan(score(rig.daemon.pid ?? 0));
}, 40_000);

test('one that falls at every start is failing after five ends, told with its last words and no secret; mended, it comes back', async () => {
  await started((directory) => {
    writeFileSync(join(directory, 'mended'), '');
    return misbehaving(directory, 'admin-main.js', 'falls at its start');
  });
  const mended = join(rig.directory, 'mended');
  expect(status().exit).toBe(0);
  rmSync(mended);
  process.kill(rig.adminPid(), 'SIGKILL');
  await until('the door process says that none is at work', () => status().exit === 7);
  await until('it is failing', () => status().exit === 3, 60_000);
  await opens();
  const { out } = status();
  expect(out).toContain('THE ADMIN PROCESS ENDS AGAIN AND AGAIN');
  expect(out).toContain('exit code 1; it said at last');
  expect(out).toContain('Error: no use: card');
  expect(out).toMatch(/front +(secured|released) +closed/);
  for (const secret of ['3456', '48151623', 'dGhpcyBp']) expect(out + rig.output()).not.toContain(secret);
  writeFileSync(mended, '');
  await until('one is at work', restarted, 60_000);
  const told = (await rig.feed()).map(({ type }) => type);
  expect(told.filter((type) => type === 'admin.failing')).toHaveLength(1);
  expect(told).toContain('access.granted');
  // Well it is when that has lasted.
  expect(status()).toMatchObject({ exit: 3, out: expect.stringContaining('one is at work since') });
}, 180_000);

/** A `systemd-notify` that writes down what it is told to say. */
function notified(directory: string): NodeJS.ProcessEnv {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  const file = join(directory, 'notified');
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$*" >> '${file}'\n`, { mode: 0o755 });
  return { PATH: `${bin}:${process.env['PATH']}`, NOTIFY_SOCKET: file, WATCHDOG_USEC: '2000000' };
}

test("systemd's watchdog is fed while the doors make progress, whatever the admin process does, and not when they make none", async () => {
  await started((directory) => ({
    ...misbehaving(directory, 'main.js', 'turns in circles'),
    ...notified(directory),
  }));
  const said = () => readFileSync(join(rig.directory, 'notified'), 'utf8').trim().split('\n');
  const fed = () => said().filter((line) => line === 'WATCHDOG=1').length;
  expect(said()[0]).toBe('--ready --status=2 doors of Test site');
  const admin = rig.adminPid();
  process.kill(admin, 'SIGSTOP');
  const before = fed();
  await until('it is fed four times more', () => fed() >= before + 4);
  // Stopped, it would outlive the test.
  process.kill(admin, 'SIGCONT');
  rig.daemon.kill('SIGUSR2');
  const stuck = Date.now();
  const last = fed();
  await until('it was not fed for twice as long as it is given', () => Date.now() - stuck > 4_000);
  expect(fed() - last).toBeLessThanOrEqual(1);
}, 60_000);

test('a daemon whose log nobody reads any more serves its doors, and ends when it is told to', async () => {
  await started(() => ({}));
  rig.daemon.stdout?.destroy();
  rig.daemon.stderr?.destroy();
  process.kill(rig.adminPid(), 'SIGKILL');
  await opens();
  await until('another admin process is at work', restarted, 30_000);
  expect(await rig.stop()).toEqual({ code: 0, signal: null });
}, 60_000);
