import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { command } from '../../src/cli/bus.ts';
import { UsageError } from '../../src/cli/command.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { type BusServer, busServer } from '../../src/sim/bus-server.ts';
import { osdpReaders, type SimulatedReaders } from '../../src/sim/osdp-reader.ts';
import { siteText } from '../site-file/site-text.ts';

/** Simulated readers behind a gateway, and nobody else who talks to it. */
let gateway: BusServer;
let readers: SimulatedReaders;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-bus-'));
  readers = osdpReaders(systemClock(), (bytes) => gateway.send(bytes));
  gateway = await busServer({ host: '127.0.0.1', port: 0 }, (bytes) => readers.receive(bytes));
});
afterEach(async () => {
  await gateway.close();
  await rm(directory, { recursive: true });
});

async function bus(line: string) {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (text: string) => out.push(text),
    err: (text: string) => err.push(text),
    env: { POSTERN_SOCKET: join(directory, 'admin.sock') },
  };
  const words = line.replace('GATEWAY', `127.0.0.1:${gateway.port}`).split(' ');
  const code = await command.run(words, io);
  return { code, out: out.join(''), err: err.join('') };
}

test('scan shows who is there and what to write into the site file', async () => {
  readers.reader(0);
  readers.reader(2).addDisplay();
  readers.reader(1).addOutputs(1, undefined, false);
  readers.reader(3).addOutputs(2);
  const { code, out } = await bus('scan GATEWAY --addresses 0-3 --baud 115200');
  expect(code).toBe(0);
  const [head, first, untimed, second, timed] = out.split('\n');
  expect(head).toMatch(/^ADDRESS +BAUD +VENDOR/);
  expect(first).toMatch(
    /^0 +115200 +50-53-54 +1\.1 +1000 +1\.0\.0 +yes +three-colour light, buzzer, 2 inputs$/,
  );
  expect(untimed).toMatch(/^1 .* 2 inputs, 1 output WITHOUT A TIMER$/);
  expect(second).toMatch(/^2 .* display, 2 inputs$/);
  expect(timed).toMatch(/^3 .* 2 inputs, 2 outputs$/);
  expect(out).toContain('[ports.readers]\nkind = "tcp"\nhost = "127.0.0.1"\n');
  expect(out).toContain('[readers.reader-2]\nprotocol = "osdp"\nport = "readers"\naddress = 2\n');
  expect(out).not.toContain('secure = false');
});

test('scan as JSON is one document, and nothing else', async () => {
  readers.reader(1);
  const { out, err } = await bus('scan GATEWAY --addresses 1 --json');
  expect(JSON.parse(out)).toMatchObject([{ address: 1, identity: { vendor: '505354', serial: 1001 } }]);
  expect(err).toBe('');
});

test('a scan in which nobody answers is an error that says where to look', async () => {
  await expect(bus('scan GATEWAY --addresses 0-1')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('A and B'),
  });
});

test('comset moves a reader and shows it where it is now', async () => {
  readers.reader(0);
  const { code, out } = await bus('comset GATEWAY --from 0 --to 3');
  expect(code).toBe(0);
  expect(out).toContain('it answers at address 3, 9600 baud');
  expect((await bus('scan GATEWAY --addresses 0-3')).out).toMatch(/^3 +9600 .* 1000 /m);
});

test('comset onto another reader changes nothing', async () => {
  readers.reader(0);
  readers.reader(3);
  await expect(bus('comset GATEWAY --from 0 --to 3')).rejects.toMatchObject({
    code: 'reader_not_changed',
    message: expect.stringContaining('address 3, 9600 baud already'),
  });
});

test('while the daemon runs, its wires are left alone', async () => {
  const daemon = createServer().listen(join(directory, 'admin.sock'));
  const site = join(directory, 'site.toml');
  const local = siteText
    .replace('host = "gateway"', 'host = "127.0.0.1"')
    .replace('port = 4001', `port = ${gateway.port}`)
    .replaceAll('relay-4', 'relay-8');
  await writeFile(site, local);
  try {
    for (const line of ['scan GATEWAY', `scan --port b --config ${site}`]) {
      await expect(bus(line)).rejects.toMatchObject({
        code: 'port_in_use',
        message: expect.stringContaining('stop it first'),
      });
    }
  } finally {
    daemon.close();
  }
});

test.each([
  ['', 'say scan or comset'],
  ['scan', 'one of PORT and --port'],
  ['scan /dev/x --port readers', 'one of PORT and --port'],
  ['scan ttyUSB0', 'a serial device such as'],
  ['scan /dev/x --baud 4800', 'a rate is one of'],
  ['scan GATEWAY --baud 9600,38400', 'behind a gateway'],
  ['scan /dev/x --addresses 5-2', '0-7'],
  ['scan /dev/x --addresses 0-3-7', '0-7'],
  ['scan /dev/x --addresses 0-127', '0 to 126'],
  ['scan /dev/x y', 'a word too many'],
  ['comset /dev/x --from 0', '--from and --to'],
  ['comset /dev/x --from 0 --to 0', 'nothing to change'],
  ['comset GATEWAY --from 0 --to 1 --baud 38400', 'the rate cannot follow'],
])('called wrongly ("%s") it says what would be right', async (line, says) => {
  const failed: unknown = await bus(line).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(UsageError);
  expect(failed).toMatchObject({ message: expect.stringContaining(says) });
});

test('a port that is a USB keyboard is no wire to look for readers on', async () => {
  const site = join(directory, 'site.toml');
  const keyboard = '[ports.desk]\nkind = "evdev"\ndevice = "/dev/input/event0"\n';
  await writeFile(site, `${siteText.replaceAll('relay-4', 'relay-8')}\n${keyboard}`);
  await expect(bus(`scan --port desk --config ${site}`)).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('USB keyboard'),
  });
});

test('a port that cannot be opened is told with its reason', async () => {
  await expect(bus('scan /dev/postern-nothing --baud 9600')).rejects.toMatchObject({
    code: 'device_unreachable',
    message: expect.stringContaining('does not exist'),
  });
});
