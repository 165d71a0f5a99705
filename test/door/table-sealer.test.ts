import { expect, test } from 'vitest';
import { tableSealer } from '../../src/door/table-sealer.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** A sealer whose writes end when the test says so. */
function bench() {
  const clock = virtualClock();
  const started: number[] = [];
  const reports: unknown[] = [];
  let end: { done: () => void; fail: (error: unknown) => void } | null = null;
  const sealer = tableSealer({
    clock,
    write: () => {
      started.push(clock.mono());
      return new Promise((resolve, reject) => {
        end = { done: resolve, fail: reject };
      });
    },
    report: (failure) => reports.push(failure),
  });
  const settle = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return {
    clock,
    started,
    reports,
    sealer,
    done: () => {
      end?.done();
      return settle();
    },
    fail: (error: unknown) => {
      end?.fail(error);
      return settle();
    },
  };
}

test('it writes once, two seconds after the last of several changes', async () => {
  const t = bench();
  for (let i = 0; i < 5; i++) {
    t.sealer.changed();
    t.clock.advance(1_000);
  }
  expect(t.started).toEqual([]);
  t.clock.advance(10_000);
  expect(t.started).toEqual([6_000]);
  await t.done();
  t.clock.advance(100_000);
  expect(t.started).toHaveLength(1);
});

test('changes without end hold it back no longer than thirty seconds', () => {
  const t = bench();
  for (let i = 0; i < 40; i++) {
    t.sealer.changed();
    t.clock.advance(1_000);
  }
  expect(t.started).toEqual([30_000]);
});

test('one write at a time: a change during a write is written after it', async () => {
  const t = bench();
  t.sealer.changed();
  t.clock.advance(2_000);
  t.sealer.changed();
  t.clock.advance(60_000);
  expect(t.started).toEqual([2_000]);
  await t.done();
  t.clock.advance(0);
  expect(t.started).toEqual([2_000, 62_000]);
});

test('a failed write is reported and repeated ever less often, whatever changes meanwhile; success is told', async () => {
  const t = bench();
  t.sealer.changed();
  t.clock.advance(2_000);
  for (let i = 0; i < 9; i++) {
    await t.fail(`fault ${i}`);
    t.sealer.changed();
    t.clock.advance(Math.min(1_000 * 2 ** i, 60_000));
  }
  const waits = t.started.map((at, i) => at - (t.started[i - 1] ?? 0));
  expect(waits).toEqual([2_000, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  expect(t.reports).toEqual(Array.from({ length: 9 }, (_, i) => `fault ${i}`));
  await t.done();
  expect(t.reports.at(-1)).toBeNull();
});

test('flush waits for the write under way, writes what has changed since, and says whether it is safe', async () => {
  const t = bench();
  expect(await t.sealer.flush()).toBe(true);
  t.sealer.changed();
  t.clock.advance(2_000);
  t.sealer.changed();
  const flushed = t.sealer.flush();
  await t.done();
  expect(t.started).toHaveLength(2);
  await t.fail('disk full');
  expect(await flushed).toBe(false);
});

test('who waits for the table as it is now makes it be written at once, and hears of it when a write that began later is done', async () => {
  const t = bench();
  const told: string[] = [];
  t.sealer.whenWritten(() => told.push('nothing to write'));
  expect(told).toEqual(['nothing to write']);
  t.sealer.changed();
  t.sealer.whenWritten(() => told.push('first'));
  expect(t.started).toEqual([0]);
  t.sealer.whenWritten(() => told.push('second'));
  await t.done();
  expect(told).toEqual(['nothing to write', 'first']);
  t.clock.advance(0);
  expect(t.started).toEqual([0, 0]);
  await t.fail(new Error('disk full'));
  expect(told).toHaveLength(2);
  t.clock.advance(1_000);
  await t.done();
  expect(told).toEqual(['nothing to write', 'first', 'second']);
});
