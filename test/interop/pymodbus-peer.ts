import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { serialLine } from '../../src/hal/serial-line.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { type ModbusLine, modbusLine } from '../../src/lock-bus/modbus-line.ts';
import { untilReally } from '../contract/line.ts';
import { ended, ptyPair } from './pty-pair.ts';

/** Debian's own interpreter, whose packages include python3-pymodbus. */
const python = '/usr/bin/python3';

/** A serial line of ours, with a device that somebody else's Modbus makes at its far end, by a script beside this file. */
export async function pymodbusPeer(script: string) {
  const pair = await ptyPair();
  onTestFinished(pair.dispose);
  const path = fileURLToPath(new URL(script, import.meta.url));
  const peer = spawn(python, [path, pair.far], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => ended(peer));
  let said = '';
  peer.stdout.on('data', (text: Buffer) => {
    said += text;
  });
  let faults = '';
  peer.stderr.on('data', (text: Buffer) => {
    faults += text;
  });
  await untilReally(() => {
    if (peer.exitCode === null) return said.includes('ready');
    throw new Error(`the device does not start: apt-get install python3-pymodbus\n${faults}`);
  }, 'the device starts');
  const port = { kind: 'serial', name: 'locks', path: pair.near, baud: 115_200 } as const;
  const settings = { data_bits: 8, parity: 'none', stop_bits: 1 } as const;
  const clock = systemClock();
  const line: ModbusLine = modbusLine(
    serialLine({ ...port, ...settings }, clock, () => 0),
    clock,
  );
  return {
    clock,
    line,
    /** What the device has printed since it was ready. */
    told: () =>
      said
        .trim()
        .split('\n')
        .filter((text) => text !== 'ready'),
  };
}
