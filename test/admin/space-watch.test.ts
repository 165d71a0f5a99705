import { expect, test } from 'vitest';
import { spaceWatch } from '../../src/admin/space-watch.ts';
import { settled } from '../support/memory-disk.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const warnBelowBytes = 40_000;

function bench(first: number) {
  const clock = virtualClock();
  const disk = { free: first, fails: false };
  const told: unknown[] = [];
  const watch = spaceWatch({
    clock,
    warnBelowBytes,
    free: () => (disk.fails ? Promise.reject(new Error('EIO')) : Promise.resolve(disk.free)),
    note: ({ type, data }) => {
      if (disk.fails) return Promise.reject(new Error('no space left on device'));
      told.push([type, data['active']]);
      return Promise.resolve();
    },
    resource: 'system/s',
    failed: () => {},
  });
  const minute = async (free: number) => {
    disk.free = free;
    clock.advance(60_000);
    await settled();
  };
  return { disk, told, watch, minute };
}

test('a disk that gets low is told once, before it is full, and once when it has room again', async () => {
  const t = bench(warnBelowBytes);
  await settled();
  expect([t.watch.low(), t.watch.free()]).toEqual([false, warnBelowBytes]);
  await t.minute(warnBelowBytes - 1);
  await t.minute(warnBelowBytes / 2);
  // A little more than the limit is not enough: it would be told every minute.
  await t.minute(warnBelowBytes + 1);
  expect([t.watch.low(), t.told]).toEqual([true, [['storage.low', true]]]);
  await t.minute(warnBelowBytes * 2);
  expect([t.watch.low(), t.told]).toEqual([
    false,
    [
      ['storage.low', true],
      ['storage.low', false],
    ],
  ]);
  t.watch.close();
});

test('what cannot be written is told when it can; what cannot be measured is not known', async () => {
  const t = bench(warnBelowBytes * 2);
  await settled();
  t.disk.fails = true;
  await t.minute(1);
  expect([t.watch.free(), t.watch.low(), t.told]).toEqual([null, false, []]);
  t.disk.fails = false;
  await t.minute(1);
  expect(t.told).toEqual([['storage.low', true]]);
});
