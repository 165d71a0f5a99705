import { expect, test } from 'vitest';
import { isNearlyFull } from '../../src/core/capacity.ts';

test.each([
  [10, 0, 8, false],
  [10, 0, 9, true],
  [10, 0, 10, true],
  [19, 9, 8, false],
  [19, 9, 9, true],
  [1000, 1, 899, false],
  [1000, 1, 900, true],
])('of %i slots, %i reserved and %i used: nearly full is %s', (capacity, reserved, used, full) => {
  expect(isNearlyFull({ capacity, reserved, used })).toBe(full);
});
