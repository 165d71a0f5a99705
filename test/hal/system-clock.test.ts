import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/hal/system-clock.ts';

const day = 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a timer longer than Node’s longest fires when it is due and not before', () => {
  let fired = 0;
  systemClock().after(60 * day, () => {
    fired += 1;
  });
  vi.advanceTimersByTime(60 * day - 1);
  expect(fired).toBe(0);
  vi.advanceTimersByTime(2);
  expect(fired).toBe(1);
});

test('a cancelled timer never fires, however long it is', () => {
  const clock = systemClock();
  const fired: string[] = [];
  const cancels = [10, 60 * day].map((ms) => clock.after(ms, () => fired.push(`${ms}`)));
  vi.advanceTimersByTime(30 * day);
  cancels[1]?.();
  vi.advanceTimersByTime(90 * day);
  expect(fired).toEqual(['10']);
});

test('a fraction of a millisecond is never cut short', () => {
  const clock = systemClock();
  let at = 0;
  const begun = clock.mono();
  clock.after(1.75, () => {
    at = clock.mono();
  });
  vi.advanceTimersByTime(5);
  expect(at - begun).toBeGreaterThanOrEqual(1.75);
});

test('a timer of Node that comes too soon by the clock that measures is waited for anew', () => {
  const clock = systemClock();
  const begun = clock.mono();
  const fired: number[] = [];
  clock.after(10, () => fired.push(clock.mono() - begun));
  vi.spyOn(performance, 'now').mockReturnValueOnce(begun + 9.1);
  vi.advanceTimersByTime(10);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual([11]);
});

test('a timer of no time at all comes in a later turn', () => {
  let fired = false;
  systemClock().after(-1, () => {
    fired = true;
  });
  expect(fired).toBe(false);
  vi.advanceTimersByTime(0);
  expect(fired).toBe(true);
});
