import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type ServedSite, serveSite } from '../../src/sim/served-site.ts';
import { loadSite } from '../../src/site-file/load-site.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const loaded = await loadSite(new URL('../../config/demo.toml', import.meta.url).pathname);

let served: ServedSite | null = null;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await served?.close();
  served = null;
});

async function serve(): Promise<ServedSite> {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const ports = loaded.site.ports.map((port) => (port.kind === 'tcp' ? { ...port, port: 0 } : port));
  served = await serveSite({ ...loaded.site, ports }, { host: '127.0.0.1', port: 0 }, virtualClock());
  return served;
}

/** A connection, what arrives on it, and a wait for a condition on that. */
async function dial(port: number) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  sockets.push(socket);
  let heard = '';
  let closed = false;
  let changed = () => {};
  socket.on('data', (data: Buffer) => {
    heard += data.toString('latin1');
    changed();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
    changed();
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  const until = (done: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      changed = () => {
        if (done()) resolve();
      };
      changed();
    });
  const lines = () =>
    heard
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { socket, until, lines, heard: () => heard, closed: () => closed };
}

test('a board answers on the port of its bus, and whoever watches is told with a time', async () => {
  const { ports, control } = await serve();
  const watcher = await dial(control);
  watcher.socket.write('{"do":"watch"}\n');
  await watcher.until(() => watcher.lines().length === 1);
  const bus = await dial(ports['locks'] ?? 0);
  const release = Buffer.from('01050000ff008c3a', 'hex');
  bus.socket.write(release);
  await bus.until(() => bus.heard().length === release.length);
  expect(bus.heard()).toBe(release.toString('latin1'));
  await watcher.until(() => watcher.lines().length === 3);
  expect(watcher.lines()).toEqual([
    { ok: true },
    { event: 'lock_written', lock: 'front', state: 'released', at_us: expect.any(Number) },
    { event: 'lock_moved', lock: 'front', state: 'released', at_us: expect.any(Number) },
  ]);
});

test('every request has its answer, in order, however the lines are cut', async () => {
  const { control } = await serve();
  const person = await dial(control);
  person.socket.write('{"do":"exit","door":"front"}\nnonsense\n{"do":"do');
  await person.until(() => person.lines().length === 2);
  person.socket.write('or","door":"back","open":true}\n');
  await person.until(() => person.lines().length === 3);
  expect(person.lines().map(({ ok, code }) => [ok, code])).toEqual([
    [true, undefined],
    [false, undefined],
    [false, 'forbidden'],
  ]);
});

test('an unplugged bus drops its connection and takes none until it is plugged in', async () => {
  const { ports, control } = await serve();
  const person = await dial(control);
  const bus = await dial(ports['readers'] ?? 0);
  person.socket.write('{"do":"plug","port":"readers","plugged":false}\n');
  await bus.until(bus.closed);
  const again = await dial(ports['readers'] ?? 0);
  await again.until(again.closed);
  person.socket.write('{"do":"state"}\n');
  await person.until(() => person.lines().length === 2);
  expect(person.lines()[1]).toMatchObject({
    state: { ports: { readers: { plugged: false, connected: false }, locks: { plugged: true } } },
  });
});

test('a new connection takes the place of the one before, as at a gateway', async () => {
  const { ports } = await serve();
  const first = await dial(ports['locks'] ?? 0);
  const second = await dial(ports['locks'] ?? 0);
  await first.until(first.closed);
  expect(second.closed()).toBe(false);
});

test('a serial port cannot be served: said at once, and nothing is left open', async () => {
  if (!loaded.ok) throw new Error('the demo site has mistakes');
  const serial = { kind: 'serial', path: '/dev/ttyX', data_bits: 8, parity: 'none', stop_bits: 1 } as const;
  const site = { ...loaded.site, ports: [{ ...serial, name: 'readers', baud: 9600 }] };
  await expect(serveSite(site, { host: '127.0.0.1', port: 0 }, virtualClock())).rejects.toMatchObject({
    code: 'config_invalid',
  });
});
