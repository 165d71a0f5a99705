import { expect } from 'vitest';
import type { LockReport } from '../../src/core/lock.ts';
import type { LockModel, SiteLock } from '../../src/core/site.ts';
import { modbusLine } from '../../src/lock-bus/modbus-line.ts';
import { relayLockBus } from '../../src/lock-bus/relay-lock-bus.ts';
import { type RelayNews, relayBoard } from '../../src/sim/relay-board.ts';
import { memoryLine } from '../support/memory-line.ts';
import { virtualClock } from '../support/virtual-clock.ts';

export const plain: LockModel = {
  name: 'relay-8',
  title: 'test board',
  relays: 8,
  inputs: 8,
  first_coil: 0,
  first_input: 0,
  timed: null,
  reply_timeout_ms: 100,
};
export const timed: LockModel = {
  ...plain,
  name: 'relay-8-timed',
  timed: { first_register: 0, unit_ms: 100, max: 600 },
};

export function siteLock(name: string, unit: number, relay: number, more: Partial<SiteLock> = {}): SiteLock {
  return {
    id: `00000000-0000-4000-8000-${String(unit).padStart(6, '0')}${String(relay).padStart(6, '0')}`,
    name,
    port: 'locks',
    unit,
    model: plain,
    relay,
    contact: { input: relay * 2, active_when: 'open' },
    exit_button: { input: relay * 2 + 1, active_when: 'closed' },
    tamper: null,
    released_when: 'energised',
    ...more,
  };
}

/** A lock bus, its line, and simulated boards at the far end, on a clock of the test's. */
export function busSite(locks: readonly SiteLock[], extraUnits: readonly number[] = [], baud = 115_200) {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'locks', baud);
  const changes: (RelayNews & { at: number })[] = [];
  const units = new Map(locks.map((lock) => [lock.unit, lock.model]));
  for (const unit of extraUnits) units.set(unit, plain);
  const board = relayBoard(
    clock,
    far.send,
    [...units].map(([unit, model]) => ({ unit, model })),
    (news) => void (news.news === 'moved' && changes.push({ ...news, at: clock.mono() })),
  );
  far.onData(board.receive);
  const bus = relayLockBus(locks, modbusLine(line, clock), clock);
  const reports: (LockReport & { lock: string })[] = [];
  const reported = (lock: string, type: LockReport['type']) =>
    reports.filter((each) => each.lock === lock && each.type === type);
  const start = () => bus.start((lock, report) => reports.push({ lock, ...report }));
  /** Lets time pass, and with it the promises, until this one has settled. */
  const settled = async <T>(promise: Promise<T>, withinMs = 2000): Promise<T> => {
    let result: { value: T } | null = null;
    void promise.then((value) => {
      result = { value };
    });
    const find = (): { value: T } | null => result;
    for (let ms = 0; ms <= withinMs; ms++) {
      await Promise.resolve();
      const found = find();
      if (found !== null) return found.value;
      clock.advance(1);
    }
    return expect.fail(`not settled within ${withinMs} ms`);
  };
  /** Hex of what the bus has written from the nth write on. */
  const written = (from = 0) => far.written.slice(from).map((bytes) => Buffer.from(bytes).toString('hex'));
  const writes = (from = 0) => written(from).filter((frame) => ['05', '06'].includes(frame.slice(2, 4)));
  /** Lets time pass until the next poll is in flight and its answer `delayMs` away. Returns the poll's bytes. */
  const catchPoll = (delayMs: number): string => {
    const before = far.written.length;
    for (const unit of units.keys()) board.unit(unit).faults.delay_ms = delayMs;
    while (far.written.length === before) clock.advance(1);
    for (const unit of units.keys()) board.unit(unit).faults.delay_ms = 0;
    expect(far.written.length).toBe(before + 1);
    return written(before)[0] ?? '';
  };
  return {
    clock,
    line,
    far,
    board,
    bus,
    reports,
    reported,
    changes,
    start,
    settled,
    catchPoll,
    written,
    writes,
  };
}
