import { expect, test } from 'vitest';
import type { Key } from '../../src/core/reader.ts';
import { keypad } from '../../src/door/keypad.ts';
import { virtualClock } from '../support/virtual-clock.ts';

function typedAt(rules: { whole_pins?: boolean; fixed_length?: number }) {
  const pins: (string | null)[] = [];
  const keys = keypad(
    { inter_digit_timeout_ms: 5_000, fixed_length: null, ...rules },
    { tries: 3, durations_ms: [90_000] },
    virtualClock(),
    { submit: (pin) => pins.push(pin?.reveal() ?? null), show: () => {}, triesChanged: () => {} },
    null,
  );
  return { pins, press: (typed: string) => keys.press([...typed] as Key[]) };
}

test.each([
  ['without a closing key', {}, ['1234'], ['1234']],
  ['with one', {}, ['1234#'], ['1234']],
  ['of a fixed length', { fixed_length: 6 }, ['123456', '123456#'], ['123456', '123456']],
  ['one after the other', {}, ['1234', '5678'], ['1234', '5678']],
  ['longer than any PIN', {}, ['12345678901'], [null]],
  ['of no digits', {}, ['#', '*', 'A'], []],
])('a reader that sends whole PINs: %s', (_, more, typed, entered) => {
  const { pins, press } = typedAt({ whole_pins: true, ...more });
  for (const keys of typed) press(keys);
  expect(pins).toEqual(entered);
});

test('a reader that sends key by key enters nothing by itself', () => {
  const { pins, press } = typedAt({});
  press('12');
  press('34');
  expect(pins).toEqual([]);
  press('#');
  expect(pins).toEqual(['1234']);
});
