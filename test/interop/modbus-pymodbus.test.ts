import { expect, onTestFinished, test } from 'vitest';
import type { LockReport } from '../../src/core/lock.ts';
import { relayLockBus } from '../../src/lock-bus/relay-lock-bus.ts';
import { untilReally } from '../contract/line.ts';
import { plain, siteLock, timed } from '../lock-bus/bus-site.ts';
import { pymodbusPeer } from './pymodbus-peer.ts';

/** Our bus on a serial line, and a board that somebody else wrote at its far end. */
async function boardByPymodbus(model: typeof plain) {
  const { line, clock, told } = await pymodbusPeer('pymodbus_board.py');
  const front = siteLock('front', 1, 0, { model: { ...model, reply_timeout_ms: 500 } });
  const bus = relayLockBus([front], line, clock);
  onTestFinished(bus.close);
  const reports: LockReport[] = [];
  bus.start((_, report) => reports.push(report));
  await untilReally(() => reports.some(({ type }) => type === 'output'), 'the lock is read');
  return { bus, reports, writes: told };
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
