import fs from 'node:fs/promises';
import { expect } from 'vitest';
import type { CodeLockModel } from '../../../src/core/code-lock-model.ts';
import type { HolderReport } from '../../../src/core/holder.ts';
import type { SiteCodeLock } from '../../../src/core/site.ts';
import { codeLock } from '../../../src/lock-bus/code-lock/code-lock.ts';
import { modbusLine } from '../../../src/lock-bus/modbus-line.ts';
import { relayLockBus } from '../../../src/lock-bus/relay-lock-bus.ts';
import { codeLockUnit } from '../../../src/sim/code-lock.ts';
import { modbusUnits } from '../../../src/sim/modbus-units.ts';
import { relayUnit } from '../../../src/sim/relay-board.ts';
import { loadModels, modelDirectories } from '../../../src/site-file/models.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { plain, siteLock } from '../bus-site.ts';

const shipped = await loadModels(fs, modelDirectories.slice(0, 1));
/** The models that we ship, and one more: codes as binary numbers, which nobody can read back. */
export const models: readonly CodeLockModel[] = [...shipped.models.code_locks.values(), binaryModel()];

export function modelNamed(name: string): CodeLockModel {
  return models.find((model) => model.name === name) ?? expect.fail(`no model ${name}`);
}

function binaryModel(): CodeLockModel {
  const reference = shipped.models.code_locks.get('code-lock-1000') ?? expect.fail('no reference model');
  const { map, traits } = reference;
  return {
    ...reference,
    name: 'binary',
    traits: { ...traits, confirm_at: 'acknowledged', removal_proof: 'acknowledged', reads: 'nothing' },
    map: {
      ...map,
      digits: { packing: 'binary', registers: 3, filler: 0 },
      slot: null,
      commands: { ...map.commands, read: null },
    },
  };
}

export const siteCodeLock = (model: CodeLockModel, unit = 7): SiteCodeLock => ({
  id: '00000000-0000-4000-8000-000000000007',
  name: 'shed',
  port: 'locks',
  unit,
  model,
  programming: { armed_changes: 'keep', changed_on_device: 'leave', quarantine_ms: 0 },
});

/** A code lock and a relay lock on one line, with simulated devices at its far end, on a clock of the test's. */
export function codeSite(model: CodeLockModel, { baud = 115_200, described = model } = {}) {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'locks', baud);
  const lock = codeLockUnit(clock, { unit: 7, model: described });
  const board = relayUnit(clock, { unit: 1, model: plain }, () => {});
  far.onData(
    modbusUnits(
      clock,
      far.send,
      new Map<number, typeof lock | typeof board>([
        [7, lock],
        [1, board],
      ]),
    ),
  );
  const modbus = modbusLine(line, clock);
  const bus = relayLockBus([siteLock('front', 1, 0)], modbus, clock);
  const holder = codeLock(siteCodeLock(model), modbus, clock);
  const reports: HolderReport[] = [];
  const start = (): void => {
    bus.start(() => {});
    holder.start((report) => reports.push(report));
    clock.advance(100);
  };
  /** Lets time pass, and with it the promises, until this one has settled. */
  const settled = async <T>(promise: Promise<T>, withinMs = 60_000): Promise<T> => {
    let result: { value: T } | null = null;
    void promise.then((value) => {
      result = { value };
    });
    const find = (): { value: T } | null => result;
    for (let ms = 0; ms <= withinMs; ms++) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      const found = find();
      if (found !== null) return found.value;
      clock.advance(1);
    }
    return expect.fail(`not settled within ${withinMs} ms`);
  };
  /** Hex of what was written to the code lock's registers (FC16) from the nth write on. */
  const mailed = (from = 0): string[] =>
    far.written
      .slice(from)
      .map((bytes) => Buffer.from(bytes).toString('hex'))
      .filter((frame) => frame.startsWith('0710'));
  return { clock, far, lock, board, bus, holder, reports, start, settled, mailed };
}

/** A code lock that has been found. */
export function found(...args: Parameters<typeof codeSite>) {
  const site = codeSite(...args);
  site.start();
  expect(site.reports).toMatchObject([{ type: 'online' }]);
  return site;
}
