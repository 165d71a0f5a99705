import { expect, test } from 'vitest';
import { boundedWait } from '../../src/door/bounded-wait.ts';
import { settled } from '../support/memory-disk.ts';
import { virtualClock } from '../support/virtual-clock.ts';

test('ends when all have, one way or the other, and leaves no timer', async () => {
  const clock = virtualClock();
  const failures: unknown[] = [];
  await boundedWait(clock, 1_000, [Promise.resolve(), Promise.reject('gone')], (why) => failures.push(why));
  expect([failures, clock.untilNext()]).toEqual([['gone'], null]);
});

test('ends when the time is over, whatever is not', async () => {
  const clock = virtualClock();
  let over = false;
  void boundedWait(clock, 1_000, [new Promise(() => {})], () => {}).then(() => {
    over = true;
  });
  clock.advance(999);
  await settled();
  expect(over).toBe(false);
  clock.advance(1);
  await settled();
  expect(over).toBe(true);
});
