import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Evtest, keyboardLine } from '../../src/hal/keyboard-line.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { heldByAnother, keyLine, pressed, recorded } from './evtest-recorded.ts';

/** An evtest that says what the test says. */
class FakeEvtest extends EventEmitter implements Evtest {
  readonly stdout = new Readable({ read() {} });
  readonly stderr = new Readable({ read() {} });
  killed = false;
  readonly args: readonly string[];
  constructor(args: readonly string[]) {
    super();
    this.args = args;
  }
  kill(): boolean {
    if (!this.killed) this.leave();
    this.killed = true;
    return true;
  }
  leave(complaint = ''): void {
    if (complaint !== '') this.stderr.push(complaint);
    setImmediate(() => setImmediate(() => this.emit('close')));
  }
}

function keyboard() {
  const clock = virtualClock();
  const children: FakeEvtest[] = [];
  const told: string[] = [];
  const device = '/dev/input/by-id/usb-reader-event-kbd';
  const line = keyboardLine(
    { name: 'desk', kind: 'evdev', device },
    clock,
    () => 0,
    (args) => {
      const child = new FakeEvtest(args);
      children.push(child);
      return child;
    },
  );
  line.open({
    up: () => told.push('up'),
    data: (bytes) => told.push(new TextDecoder().decode(bytes)),
    down: (reason) => told.push(`down: ${reason}`),
  });
  const child = () => children.at(-1) ?? expect.fail('evtest was not started');
  const pass = async (ms: number): Promise<void> => {
    for (let n = 0; n < 5; n++) await turn();
    clock.advance(ms);
    for (let n = 0; n < 5; n++) await turn();
    clock.advance(0);
  };
  const says = async (text: string): Promise<void> => {
    child().stdout.push(text);
    await pass(0);
  };
  return { line, children, told, device, child, says, pass };
}

const opening = recorded.slice(0, recorded.indexOf('Event: time'));

test('what is typed at a device that is held comes as text, shift and all', async () => {
  const { told, device, child, says, pass, line } = keyboard();
  expect(child().args).toEqual(['--grab', device]);
  await says(opening);
  expect(told).toEqual([]);
  await pass(200);
  await says(pressed(11, 2, 3));
  await says(keyLine(54, 1) + pressed(30) + keyLine(30, 2) + keyLine(54, 0) + pressed(48, 28));
  expect(told).toEqual(['up', '012', 'Ab\r']);
  expect(line.write(Uint8Array.of(1))).toBe(false);
});

test('nothing counts that is typed before it is known that the device is held', async () => {
  const { told, says, pass } = keyboard();
  await says(opening + pressed(2, 3, 28));
  await pass(200);
  await says(pressed(4, 28));
  expect(told).toEqual(['up', '3\r']);
});

test('a device that another program holds stays down with the reason, and is tried again', async () => {
  const { told, says, pass, children, child } = keyboard();
  for (let n = 0; n < 3; n++) {
    await says(heldByAnother);
    await pass(10_000);
  }
  expect(told).toEqual([expect.stringMatching(/^down: .* is held by another program: .*fuser/)]);
  expect(children).toHaveLength(4);
  expect(children.slice(0, 3).every(({ killed }) => killed)).toBe(true);
  await says(opening);
  await pass(200);
  expect(told.at(-1)).toBe('up');
  expect(child().killed).toBe(false);
});

test.each([
  ['evtest: No such file or directory\n', /does not exist: plug the reader in, .* device of port desk/],
  ['evtest: Permission denied\nYou do not have access', /may not be opened: .* group .*input/],
  ["evtest: can't get version: Inappropriate ioctl for device\n", /is no input device/],
  ['\nevtest: error reading: No such device\n', /is gone: has the reader been unplugged/],
  ['', /evtest has ended/],
])('evtest that ends with %j is told as what it means', async (complaint, reason) => {
  const { told, child, pass } = keyboard();
  child().leave(complaint);
  await pass(0);
  expect(told).toEqual([expect.stringMatching(reason)]);
});

test('where evtest is not installed, the line says what to install', async () => {
  const { told, child, pass, children } = keyboard();
  child().emit('error', Object.assign(new Error('spawn evtest ENOENT'), { code: 'ENOENT' }));
  await pass(0);
  expect(told).toEqual([
    'down: port desk needs the program evtest, which is not installed: apt-get install evtest',
  ]);
  await pass(1_000);
  expect(children).toHaveLength(2);
});

test('after lost events the device is opened anew: a text without its middle is none', async () => {
  const { told, says, pass, children } = keyboard();
  await says(opening);
  await pass(200);
  await says(
    `${pressed(2)}Event: time 1795342396.123456, >>>>>>>>>>>>>> SYN_DROPPED <<<<<<<<<<<<\n${pressed(3, 28)}`,
  );
  await pass(1_000);
  expect(told).toEqual(['up', expect.stringMatching(/^down: .*faster/)]);
  expect(children).toHaveLength(2);
});

test('no key that was typed is in a reason', async () => {
  const { told, says, child, pass } = keyboard();
  await says(opening);
  await pass(200);
  await says(pressed(5, 6, 7, 8));
  child().leave('evtest: error reading: No such device\n');
  await pass(0);
  expect(told.at(-1)).not.toMatch(/4567|KEY|value/);
});

test('closing lets go of the device, and nothing is started after it', async () => {
  const { line, children, pass, says } = keyboard();
  await says(opening);
  const closed = line.close();
  await pass(60_000);
  await closed;
  expect(children.map(({ killed }) => killed)).toEqual([true]);
});
