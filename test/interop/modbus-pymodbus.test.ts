import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { LockReport } from '../../src/core/lock.ts';
import { serialLine } from '../../src/hal/serial-line.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { modbusLine } from '../../src/lock-bus/modbus-line.ts';
import { relayLockBus } from '../../src/lock-bus/relay-lock-bus.ts';
import { untilReally } from '../contract/line.ts';
import { plain, siteLock, timed } from '../lock-bus/bus-site.ts';
import { ended, ptyPair } from './pty-pair.ts';

/** Debian's own interpreter, whose packages include python3-pymodbus. */
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('pymodbus_board.py', import.meta.url));

/** Our bus on a serial line, and a board that somebody else wrote at its far end. */
async function boardByPymodbus(model: typeof plain) {
  const pair = await ptyPair();
  onTestFinished(pair.dispose);
  const board = spawn(python, [script, pair.far], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => ended(board));
  let said = '';
  board.stdout.on('data', (text: Buffer) => {
    said += text;
  });
  let faults = '';
  board.stderr.on('data', (text: Buffer) => {
    faults += text;
  });
  await untilReally(() => {
    if (board.exitCode === null) return said.includes('ready');
    throw new Error(`the board does not start: apt-get install python3-pymodbus\n${faults}`);
  }, 'the board starts');
  const port = { kind: 'serial', name: 'locks', path: pair.near, baud: 115_200 } as const;
  const settings = { data_bits: 8, parity: 'none', stop_bits: 1 } as const;
  const clock = systemClock();
  const line = serialLine({ ...port, ...settings }, clock, () => 0);
  const front = siteLock('front', 1, 0, { model: { ...model, reply_timeout_ms: 500 } });
  const bus = relayLockBus([front], modbusLine(line, clock), clock);
  onTestFinished(bus.close);
  const reports: LockReport[] = [];
  bus.start((_, report) => reports.push(report));
  await untilReally(() => reports.some(({ type }) => type === 'output'), 'the lock is read');
  return {
    bus,
    reports,
    writes: () => said.split('\n').filter((text) => text.startsWith('write')),
  };
}

test('a board by pymodbus is read, released and secured, with nothing written that was not asked for', async () => {
  const { bus, reports, writes } = await boardByPymodbus(plain);
  await untilReally(() => reports.some(({ type }) => type === 'contact'), 'the inputs are read');
  expect(reports.filter(({ type }) => type === 'contact')).toEqual([{ type: 'contact', open: false }]);
  expect(writes()).toEqual([]);
  expect(await bus.release('front', 5000)).toEqual({ ok: true });
  expect(await bus.secure('front')).toEqual({ ok: true });
  expect(writes()).toEqual(['write coil 0 [True]', 'write coil 0 [False]']);
  expect(bus.health('front')).toMatchObject({ online: true, output: 'secured', damaged: 0 });
});

test('a timed release reaches the register; without a relay behind it the read-back tells the mismatch', async () => {
  const { bus, writes } = await boardByPymodbus(timed);
  expect(await bus.release('front', 5000)).toMatchObject({ ok: false, code: 'lock_mismatch' });
  expect(writes()).toEqual(['write register 0 [50]']);
});
