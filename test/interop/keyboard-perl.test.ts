import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { relayCommand } from '../../src/hal/input-relay.ts';
import { keyboardLine } from '../../src/hal/keyboard-line.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { untilReally } from '../contract/line.ts';
import { dropped, key, pressed } from '../hal/input-recorded.ts';
import { ended } from './pty-pair.ts';

/** An input device whose records the test makes, for programs with this environment. */
function inputDevice({ held = false }: { held?: boolean } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'postern-keyboard-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const shim = join(directory, 'input-device.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-o', shim, join(import.meta.dirname, 'input-device.c')]);
  const device = join(directory, 'event0');
  execFileSync('mkfifo', [device]);
  const records = openSync(device, 'r+');
  let open = true;
  const unplug = (): void => {
    if (open) closeSync(records);
    open = false;
  };
  onTestFinished(unplug);
  const env = { ...process.env, LD_PRELOAD: shim, ...(held ? { INPUT_DEVICE_HELD: '1' } : {}) };
  const type = (...what: Buffer[]) => writeSync(records, Buffer.concat(what));
  return { device, env, type, unplug };
}

/** A line that holds it by the setpriv and perl of Debian. */
function keyboard(device: string, env: NodeJS.ProcessEnv = process.env) {
  const line = keyboardLine(
    { name: 'desk', kind: 'evdev', device },
    systemClock(),
    () => 0,
    (program, ...args) => spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env }),
  );
  onTestFinished(() => line.close());
  const told: string[] = [];
  let text = '';
  line.open({
    up: () => told.push('up'),
    data: (bytes) => {
      text += Buffer.from(bytes).toString();
    },
    down: (reason) => told.push(reason),
  });
  const untilTold = (what: RegExp) =>
    untilReally(() => told.some((one) => what.test(one)), `it is told: ${what}`);
  return { told, untilTold, text: () => text };
}

test('each key comes at once, shift and keypad too', async () => {
  const { device, env, type } = inputDevice();
  const { untilTold, text } = keyboard(device, env);
  await untilTold(/^up$/);
  type(pressed(82), pressed(2));
  await untilReally(() => text() === '01', 'two digits come with nothing after them');
  type(key(42, 1), pressed(30), key(42, 2), key(42, 0), pressed(28));
  await untilReally(() => text() === '01A\r', 'a letter and Enter come');
});

test('a device that another program holds is not read', async () => {
  const { device, env } = inputDevice({ held: true });
  const { untilTold, told } = keyboard(device, env);
  await untilTold(/is held by another program/);
  expect(told).not.toContain('up');
});

test('a device that goes is told, and events that the kernel lost end what was half typed', async () => {
  const { device, env, type, unplug } = inputDevice();
  const { untilTold, told, text } = keyboard(device, env);
  await untilTold(/^up$/);
  type(pressed(2), dropped, pressed(3), pressed(28));
  await untilTold(/typed faster/);
  expect(text()).not.toMatch(/2/);
  await untilReally(() => told.filter((one) => one === 'up').length === 2, 'it is up again');
  unplug();
  await untilTold(/is gone: has the reader been unplugged/);
});

test.each([
  ['/dev/input/by-id/nothing-here', /does not exist: plug the reader in/],
  ['/dev/null', /is no input device/],
  ['/etc/passwd', /is no input device/],
])('%s is told as what it is', async (device, reason) => {
  await keyboard(device).untilTold(reason);
});

test('without perl the line says what to install', async () => {
  const { device } = inputDevice();
  const bin = mkdtempSync(join(tmpdir(), 'postern-bin-'));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  await keyboard(device, { PATH: bin }).untilTold(/no setpriv\): apt-get install perl-base util-linux/);
  execFileSync('ln', ['-s', execFileSync('which', ['setpriv']).toString().trim(), bin]);
  await keyboard(device, { PATH: bin }).untilTold(/exit 127\): apt-get install perl-base util-linux/);
});

test('whoever started it may be killed: what holds the device ends with it, at once', async () => {
  const { device, env } = inputDevice();
  const options = JSON.stringify({ stdio: ['ignore', 'pipe', 'ignore'], env });
  const daemon = spawn(
    process.execPath,
    [
      '-e',
      `const [program, ...args] = ${JSON.stringify(relayCommand(device))};
      const child = require('node:child_process').spawn(program, args, ${options});
      child.stdout.once('data', (said) => process.stdout.write(child.pid + ' ' + said));`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  onTestFinished(() => ended(daemon));
  let said = '';
  daemon.stdout.on('data', (bytes) => {
    said += String(bytes);
  });
  await untilReally(() => / (16|24)\n/.test(said), 'the device is held');
  const holder = Number.parseInt(said, 10);
  expect(runs(holder)).toBe(true);
  await ended(daemon);
  await untilReally(() => !runs(holder), 'nothing holds the device');
});

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
