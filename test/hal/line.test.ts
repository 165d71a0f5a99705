import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/hal/system-clock.ts';
import { tcpLine } from '../../src/hal/tcp-line.ts';
import { type LineRig, lineContract, untilReally } from '../contract/line.ts';
import { memoryLine } from '../support/memory-line.ts';
import { virtualClock } from '../support/virtual-clock.ts';

lineContract('memory', () => {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock);
  const received: number[] = [];
  far.onData((bytes) => received.push(...bytes));
  return Promise.resolve({
    line,
    far: {
      send: (bytes) => far.send(bytes),
      received: () => Uint8Array.from(received),
      lose: () => far.unplug(),
      restore: () => far.plugIn(),
    },
    until(condition, what) {
      for (let ms = 0; ms < 60_000 && !condition(); ms++) clock.advance(1);
      expect(condition(), what).toBe(true);
      return Promise.resolve();
    },
    dispose: () => Promise.resolve(),
  });
});

/** A gateway on a free port of this machine. */
async function gateway(): Promise<LineRig> {
  const received: number[] = [];
  const sockets = new Set<Socket>();
  let lost = false;
  const server = createServer((socket) => {
    if (lost) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('data', (bytes) => received.push(...bytes));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const at = { kind: 'tcp', name: 'gateway', host: '127.0.0.1', port, baud: 9600 } as const;
  return {
    line: tcpLine(at, systemClock(), () => 0),
    far: {
      send: (bytes) => {
        for (const socket of sockets) socket.write(bytes);
      },
      received: () => Uint8Array.from(received),
      lose() {
        lost = true;
        for (const socket of sockets) socket.destroy();
      },
      restore() {
        lost = false;
      },
    },
    until: untilReally,
    dispose: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

lineContract('tcp', gateway);

test('a gateway that refuses is named, with what to look at', async () => {
  const rig = await gateway();
  await rig.dispose();
  const reasons: string[] = [];
  rig.line.open({ up() {}, data() {}, down: (reason) => reasons.push(reason) });
  await rig.until(() => reasons.length > 0, 'the refusal is told');
  expect(reasons[0]).toMatch(/^127\.0\.0\.1:\d+ refuses the connection: .*port number/);
  await rig.line.close();
});
