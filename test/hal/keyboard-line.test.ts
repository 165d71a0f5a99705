import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keyboardLine, type Relay } from '../../src/hal/keyboard-line.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { dropped, key, pressed } from './input-recorded.ts';

/** A process that says what the test says. */
class FakeRelay extends EventEmitter implements Relay {
  readonly stdout: Readable | null;
  readonly pid: number | undefined;
  killed = false;
  readonly command: readonly string[];
  constructor(command: readonly string[], stdout: Readable | null, pid: number | undefined) {
    super();
    this.command = command;
    this.stdout = stdout;
    this.pid = pid;
  }
  kill(): boolean {
    if (!this.killed) this.leave(null, 'SIGKILL');
    this.killed = true;
    return true;
  }
  leave(code: number | null, signal: string | null = null): void {
    setImmediate(() => setImmediate(() => this.emit('close', code, signal)));
  }
}

function keyboard({
  pipe = true,
  starts = true,
  fork = () => {},
}: {
  pipe?: boolean;
  starts?: boolean;
  fork?: () => void;
} = {}) {
  const clock = virtualClock();
  const children: FakeRelay[] = [];
  const told: string[] = [];
  const device = '/dev/input/by-id/usb-reader-event-kbd';
  const line = keyboardLine(
    { name: 'desk', kind: 'evdev', device },
    clock,
    () => 0,
    (...command) => {
      fork();
      const child = new FakeRelay(command, pipe ? new Readable({ read() {} }) : null, starts ? 7 : undefined);
      children.push(child);
      return child;
    },
  );
  line.open({
    up: () => told.push('up'),
    data: (bytes) => told.push(new TextDecoder().decode(bytes)),
    down: (reason) => told.push(`down: ${reason}`),
  });
  const child = () => children.at(-1) ?? expect.fail('no process was started');
  const pass = async (ms: number): Promise<void> => {
    for (let n = 0; n < 5; n++) await turn();
    clock.advance(ms);
    for (let n = 0; n < 5; n++) await turn();
    clock.advance(0);
  };
  const says = async (...what: (string | Buffer)[]): Promise<void> => {
    child().stdout?.push(Buffer.concat(what.map((one) => Buffer.from(one))));
    await pass(0);
  };
  return { line, children, told, device, child, says, pass };
}

const held = '24\n';
const [shift, a, b, enter] = [54, 30, 48, 28];
const refused = (name: keyof typeof constants.errno) => `-${constants.errno[name]}\n`;

test('what is typed at a device that is held comes as text, shift and all', async () => {
  const { told, device, child, says, line } = keyboard();
  expect(child().command.slice(0, 5)).toEqual(['setpriv', '--pdeathsig', 'KILL', 'perl', '-e']);
  expect(child().command.at(-1)).toBe(device);
  expect(told).toEqual([]);
  await says(held);
  await says(pressed(11, 2, 3));
  await says(key(shift, 1), pressed(a), key(a, 2), key(shift, 0), pressed(b, enter));
  expect(told).toEqual(['up', '012', 'Ab\r']);
  expect(line.write(Uint8Array.of(1))).toBe(false);
});

test('a device that another program holds stays down with the reason, and is tried again', async () => {
  const { told, says, pass, children, child } = keyboard();
  for (let n = 0; n < 3; n++) {
    await says(refused('EBUSY'));
    await pass(10_000);
  }
  expect(told).toEqual([expect.stringMatching(/^down: .* is held by another program: .*fuser/)]);
  expect(children).toHaveLength(4);
  expect(children.slice(0, 3).every(({ killed }) => killed)).toBe(true);
  await says(held);
  await pass(60_000);
  expect(told.at(-1)).toBe('up');
  expect(child().killed).toBe(false);
});

test.each([
  ['ENOENT', /does not exist: plug the reader in, .* device of port desk/],
  ['EACCES', /may not be opened: .* group .*input/],
  ['EPERM', /may not be opened: .* group .*input/],
  ['ENOTTY', /is no input device/],
  ['ENODEV', /is gone: has the reader been unplugged/],
  ['ENOMEM', /cannot be held: ENOMEM/],
] as const)('%s of the kernel is told as what it means', async (name, reason) => {
  const { told, says } = keyboard();
  await says(refused(name));
  expect(told).toEqual([expect.stringMatching(reason)]);
});

test('a device that goes is told as gone, and a process that somebody ends as ended', async () => {
  const { told, says, child, pass } = keyboard();
  await says(held);
  child().leave(0);
  await pass(0);
  await pass(1_000);
  await says(held);
  child().leave(null, 'SIGTERM');
  await pass(0);
  expect(told.filter((one) => one !== 'up')).toEqual([
    expect.stringMatching(/is gone: has the reader been unplugged/),
    expect.stringMatching(/^down: the program that holds .* was ended by SIGTERM$/),
  ]);
});

test.each([127, 1, 0])(
  'without perl, or with another setpriv (exit %i), the line says what to install',
  async (code) => {
    const { told, child, pass } = keyboard();
    child().leave(code);
    await pass(0);
    expect(told).toEqual([
      expect.stringMatching(
        /^down: port desk needs perl, and setpriv .*apt-get install perl-base util-linux$/,
      ),
    ]);
  },
);

test.each([
  ['ENOENT', true, /needs perl, and setpriv .*apt-get install/],
  ['EMFILE', false, /^down: setpriv cannot be started: spawn EMFILE/],
])('a process that cannot be started (%s) is a reason, and it is tried again', async (code, pipe, reason) => {
  const { told, child, pass, children } = keyboard({ pipe });
  child().emit('error', Object.assign(new Error(`spawn ${code}`), { code }));
  await pass(0);
  expect(told).toEqual([expect.stringMatching(reason)]);
  await pass(1_000);
  expect(children).toHaveLength(2);
});

test('a process that was not started is never signalled: number 0 would be all of our own process group', async () => {
  const { line, child, pass } = keyboard({ pipe: false, starts: false });
  const closed = line.close();
  child().emit('error', Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' }));
  await pass(0);
  await closed;
  expect(child().killed).toBe(false);
});

test('no memory for a process is a reason too, not the end of the doors', async () => {
  let attempts = 0;
  const { told, pass, line } = keyboard({
    fork() {
      attempts += 1;
      throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
    },
  });
  await pass(0);
  await pass(1_000);
  expect(told).toEqual(['down: setpriv cannot be started: spawn ENOMEM']);
  expect(attempts).toBe(2);
  await line.close();
});

test('a device that neither opens nor refuses is given up, and tried again', async () => {
  const { told, pass, children } = keyboard();
  await pass(9_999);
  expect(told).toEqual([]);
  await pass(1);
  expect(told).toEqual([expect.stringMatching(/does not open within 10 s/)]);
  await pass(1_000);
  expect(children.map(({ killed }) => killed)).toEqual([true, false]);
});

test('after lost events the device is opened anew: a text without its middle is none', async () => {
  const { told, says, pass, children } = keyboard();
  await says(held);
  await says(pressed(2), dropped, pressed(3, enter));
  await pass(1_000);
  expect(told).toEqual(['up', expect.stringMatching(/^down: .*faster/)]);
  expect(children).toHaveLength(2);
});

test('shift that was down when the device went is up when it is back', async () => {
  const { told, says, pass, child } = keyboard();
  await says(held, key(shift, 1));
  child().leave(0);
  await pass(0);
  await pass(1_000);
  await says(held, pressed(a));
  expect(told.at(-1)).toBe('a');
});

test('no key that was typed is in a reason', async () => {
  const { told, says, child, pass } = keyboard();
  await says(held, pressed(5, 6, 7, 8));
  child().leave(0);
  await pass(0);
  expect(told.at(-1)).not.toMatch(/4|KEY|value/);
});

test('closing lets go of the device, and nothing is started after it', async () => {
  const { line, children, pass, says } = keyboard();
  await says(held);
  const closed = line.close();
  await pass(60_000);
  await closed;
  expect(children.map(({ killed }) => killed)).toEqual([true]);
});
