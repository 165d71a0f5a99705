import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keyboardLine } from '../../src/hal/keyboard-line.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { untilReally } from '../contract/line.ts';

/** One event as the kernel gives it to a 64-bit program: struct input_event, linux/input.h. */
function record(type: number, code: number, value: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeBigInt64LE(1_795_342_396n, 0);
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(code, 18);
  bytes.writeInt32LE(value, 20);
  return bytes;
}
const syn = record(0, 0, 0);
const pressed = (code: number) => Buffer.concat([record(1, code, 1), syn, record(1, code, 0), syn]);

/** A keyboard whose events the test makes, read by Debian's evtest. */
function keyboard({ device, held = false }: { device?: string; held?: boolean } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'postern-keyboard-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const shim = join(directory, 'input-device.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-o', shim, join(import.meta.dirname, 'input-device.c')]);
  const fifo = join(directory, 'event0');
  execFileSync('mkfifo', [fifo]);
  const events = openSync(fifo, 'r+');
  let open = true;
  const unplug = (): void => {
    if (open) closeSync(events);
    open = false;
  };
  onTestFinished(unplug);
  const env = { ...process.env, LD_PRELOAD: shim, ...(held ? { INPUT_DEVICE_HELD: '1' } : {}) };
  const line = keyboardLine(
    { name: 'desk', kind: 'evdev', device: device ?? fifo },
    systemClock(),
    () => 0,
    (args) =>
      spawn('evtest', args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: device === undefined ? env : process.env,
      }),
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
  const type = (...records: Buffer[]) => writeSync(events, Buffer.concat(records));
  const untilTold = (what: RegExp) =>
    untilReally(() => {
      if (told.some((one) => /not installed/.test(one))) throw new Error('apt-get install evtest');
      return told.some((one) => what.test(one));
    }, `it is told: ${what}`);
  return { type, unplug, told, untilTold, text: () => text };
}

test('each key that evtest hears comes at once, shift and keypad too', async () => {
  const { type, untilTold, text } = keyboard();
  await untilTold(/^up$/);
  type(pressed(82), pressed(2));
  await untilReally(() => text() === '01', 'two digits come with nothing after them');
  type(record(1, 42, 1), syn, pressed(30), record(1, 42, 2), syn, record(1, 42, 0), syn, pressed(28));
  await untilReally(() => text() === '01A\r', 'a letter and Enter come');
});

test('a device that another program holds is not read', async () => {
  const { untilTold, told } = keyboard({ held: true });
  await untilTold(/is held by another program/);
  expect(told).not.toContain('up');
});

test('a device that goes is told, and events that the kernel lost end what was half typed', async () => {
  const { type, unplug, untilTold, told, text } = keyboard();
  await untilTold(/^up$/);
  type(pressed(2), record(0, 3, 0), pressed(3), pressed(28));
  await untilTold(/typed faster/);
  expect(text()).not.toMatch(/2/);
  await untilReally(() => told.filter((one) => one === 'up').length === 2, 'it is up again');
  unplug();
  await untilTold(/is gone: has the reader been unplugged/);
});

test.each([
  ['/dev/input/by-id/nothing-here', /does not exist: plug the reader in/],
  ['/dev/null', /is no input device/],
])('%s is told as what it is', async (device, reason) => {
  await keyboard({ device }).untilTold(reason);
});
