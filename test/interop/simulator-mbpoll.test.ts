import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { serialLine } from '../../src/hal/serial-line.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { relayBoard } from '../../src/sim/relay-board.ts';
import { untilReally } from '../contract/line.ts';
import { timed } from '../lock-bus/bus-site.ts';
import { ptyPair } from './pty-pair.ts';

/** A Modbus master that nobody here wrote asks our simulated board: the simulator is no mirror of our own driver. */
async function boardOnPty() {
  const pair = await ptyPair();
  onTestFinished(pair.dispose);
  const clock = systemClock();
  const port = { kind: 'serial', name: 'board', path: pair.far, baud: 9_600 } as const;
  const line = serialLine({ ...port, data_bits: 8, parity: 'none', stop_bits: 1 }, clock, () => 0);
  onTestFinished(() => line.close());
  const board = relayBoard(clock, (bytes) => void line.write(bytes), [{ unit: 7, model: timed }]);
  let up = false;
  line.open({ up: () => (up = true), data: board.receive, down: () => (up = false) });
  await untilReally(() => up, 'the board is on the line');
  return { unit: board.unit(7), device: pair.near };
}

/** One question or, with a value, one write by mbpoll; fails when it is not installed. */
async function mbpoll(
  device: string,
  type: string,
  reference: number,
  last: { count: number } | { value: number },
) {
  const settings = ['-m', 'rtu', '-a', '7', '-b', '9600', '-P', 'none', '-0', '-1', '-o', '2'];
  const what = ['-t', type, '-r', String(reference)];
  const asks = 'count' in last ? ['-c', String(last.count), device] : [device, String(last.value)];
  const child = spawn('mbpoll', [...settings, ...what, ...asks]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text += String(bytes)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', () => reject(new Error('mbpoll is missing: apt-get install mbpoll')));
    child.once('close', resolve);
  });
  return { code, text };
}

test('mbpoll reads and writes the relays of a simulated board', async () => {
  const { unit, device } = await boardOnPty();
  unit.setRelay(2, true);
  const read = await mbpoll(device, '0', 0, { count: 4 });
  expect(read.text).toMatch(/\[0\]:\s+0\s+\[1\]:\s+0\s+\[2\]:\s+1\s+\[3\]:\s+0/);
  expect((await mbpoll(device, '0', 1, { value: 1 })).code).toBe(0);
  expect(unit.relay(1)).toBe(true);
});

test('mbpoll reads the inputs, starts a timed output, and is refused where nothing is', async () => {
  const { unit, device } = await boardOnPty();
  unit.setInput(1, true);
  const read = await mbpoll(device, '1', 0, { count: 2 });
  expect(read.text).toMatch(/\[0\]:\s+0\s+\[1\]:\s+1/);
  expect((await mbpoll(device, '4', 0, { value: 50 })).code).toBe(0);
  expect(unit.relay(0)).toBe(true);
  const refused = await mbpoll(device, '0', 500, { count: 1 });
  expect(refused.text).toMatch(/illegal data address/i);
});
