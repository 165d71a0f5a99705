import { SerialPort } from 'serialport';
import { expect, onTestFinished, test } from 'vitest';
import { serialLine } from '../../src/hal/serial-line.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { type LineRig, lineContract, untilReally } from '../contract/line.ts';
import { ptyPair } from './pty-pair.ts';

const settings = { kind: 'serial', name: 'bus', data_bits: 8, parity: 'none', stop_bits: 1 } as const;

lineContract('serial', async (): Promise<LineRig> => {
  const pair = await ptyPair();
  const received: number[] = [];
  const openFar = (): SerialPort => {
    const device = new SerialPort({ path: pair.far, baudRate: 115_200 });
    device.on('data', (bytes: Buffer) => received.push(...bytes));
    device.on('error', () => {});
    return device;
  };
  let device = openFar();
  let steps: Promise<void> = Promise.resolve();
  await untilReally(() => device.isOpen, 'the far device opens');
  return {
    line: serialLine({ ...settings, path: pair.near, baud: 115_200 }, systemClock(), () => 0),
    far: {
      send: (bytes) => device.write(Buffer.from(bytes)),
      received: () => Uint8Array.from(received),
      lose() {
        steps = steps.then(() => pair.part());
      },
      restore() {
        steps = steps.then(async () => {
          await pair.join();
          device = openFar();
        });
      },
    },
    until: untilReally,
    async dispose() {
      await steps;
      if (device.isOpen) await new Promise<void>((resolve) => device.close(() => resolve()));
      await pair.dispose();
    },
  };
});

test('a port that does not exist is named, with what to do', async () => {
  const path = '/dev/postern-no-such-port';
  const line = serialLine({ ...settings, path, baud: 9600 }, systemClock(), () => 0);
  const reasons: string[] = [];
  line.open({ up() {}, data() {}, down: (reason) => reasons.push(reason) });
  await untilReally(() => reasons.length > 0, 'the fault is told');
  expect(reasons[0]).toMatch(/^\/dev\/postern-no-such-port does not exist: plug the adapter in, .*port bus/);
  await line.close();
});

test('a port that another program holds is named, with what to do', async () => {
  const pair = await ptyPair();
  onTestFinished(pair.dispose);
  const holder = new SerialPort({ path: pair.near, baudRate: 9600, lock: true });
  await untilReally(() => holder.isOpen, 'the other program opens the port');
  const line = serialLine({ ...settings, path: pair.near, baud: 9600 }, systemClock(), () => 0);
  const told: string[] = [];
  line.open({ up: () => told.push('up'), data() {}, down: (reason) => told.push(reason) });
  await untilReally(() => told.length > 0, 'the fault is told');
  expect(told[0]).toMatch(/is in use by another program/);
  await new Promise<void>((resolve) => holder.close(() => resolve()));
  await untilReally(() => told.includes('up'), 'the line opens when the port is free');
  await line.close();
});
