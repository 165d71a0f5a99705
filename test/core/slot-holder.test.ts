import { expect, test } from 'vitest';
import { programsWhileArmed } from '../../src/core/slot-holder.ts';

test.each([
  ['no model that says so', null, '9.9', false],
  ['unknown firmware', '2.0', null, false],
  ['firmware without a number in it', '2.0', 'beta', false],
  ['the first that can', '2.0', '2.0', true],
  ['an older one', '2.0', '1.99', false],
  ['a newer one, as numbers and not as text', '2.9', '2.10', true],
  ['an older one, as numbers and not as text', '2.10', '2.9', false],
  ['one written with fewer numbers', '2.0.0', '2', true],
  ['one written with more numbers', '2.0', '2.0.1', true],
  ['one with a letter before or after it', '5.3', 'v5.3a', true],
  ['a number that may be that of the product', '5.3', 'M9 v1.0', false],
])('codes may be changed while armed from a firmware on: %s', (_, from, firmware, may) => {
  expect(programsWhileArmed({ programs_while_armed_from: from }, firmware)).toBe(may);
});
