import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noEntry, type PinEntryInput, pinEntryDue, stepPinEntry } from '../../src/core/pin-entry.ts';
import type { Key } from '../../src/core/reader.ts';
import type { KeypadRules } from '../../src/core/site.ts';

const rules: KeypadRules = { fixed_length: null, inter_digit_timeout_ms: 5_000 };

/** Feeds inputs `gap` ms apart; returns what was submitted (`too long` for a refusal) and shown. */
function play(inputs: readonly (Key | 'timer' | 'discard')[], with_ = rules, gap = 100): string[] {
  let state = noEntry;
  let now = 0;
  const seen: string[] = [];
  for (const each of inputs) {
    const input: PinEntryInput =
      each === 'timer' || each === 'discard' ? { type: each } : { type: 'key', key: each };
    const next = stepPinEntry(with_, state, input, now);
    state = next.state;
    now += gap;
    for (const effect of next.effects) {
      if (effect.do === 'submit') seen.push(effect.pin.reveal());
      else seen.push(effect.do === 'refuse' ? 'too long' : effect.signal);
    }
  }
  return seen;
}
const keys = (text: string): Key[] => [...text] as Key[];

describe('PIN entry', () => {
  test.each([
    ['1234#', ['enter_pin', '1234']],
    ['12*34#', ['enter_pin', 'ready', 'enter_pin', '34']],
    ['#', []],
    ['*', []],
    ['##1#', ['enter_pin', '1']],
    ['1A2B#', ['enter_pin', '12']],
    ['0000#', ['enter_pin', '0000']],
    ['1234567890#', ['enter_pin', '1234567890']],
    ['12345678901#', ['enter_pin', 'too long']],
    ['12345678901234*12#', ['enter_pin', 'ready', 'enter_pin', '12']],
  ])('%s', (typed, expected) => {
    expect(play(keys(typed))).toEqual(expected);
  });

  test('a fixed length enters by itself, and a # out of habit is nothing', () => {
    const fixed = { ...rules, fixed_length: 4 };
    expect(play(keys('1234#5678'), fixed)).toEqual(['enter_pin', '1234', 'enter_pin', '5678']);
  });

  test('a pause forgets, by the timer or by the next key when the timer is late', () => {
    expect(play([...keys('12'), 'timer', ...keys('34#')], rules, 5_000)).not.toContain('1234');
    expect(play(keys('12'), rules, 5_000)).toEqual(['enter_pin', 'ready', 'enter_pin']);
    expect(play([...keys('12'), 'timer', ...keys('34#')])).toEqual(['enter_pin', '1234']);
  });

  test('what is discarded is gone', () => {
    expect(play([...keys('12'), 'discard', ...keys('34#')])).toEqual([
      'enter_pin',
      'ready',
      'enter_pin',
      '34',
    ]);
  });

  test('a half-typed PIN cannot be read out of the state', () => {
    const { state } = stepPinEntry(rules, noEntry, { type: 'key', key: '7' }, 0);
    expect(JSON.stringify(state)).not.toContain('7');
    expect(pinEntryDue(rules, state)).toBe(5_000);
  });

  test('for any keys in time: exactly the digits since the last *, # or submission are submitted', () => {
    const key = fc.constantFrom<Key>('0', '1', '5', '9', '*', '#', 'A', 'H');
    const lengths = fc.option(fc.integer({ min: 4, max: 10 }), { nil: null });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), lengths, (typed, fixed_length) => {
        const expected: string[] = [];
        let digits = '';
        const enter = () => {
          if (digits !== '') expected.push(digits.length > 10 ? 'too long' : digits);
          digits = '';
        };
        for (const each of typed) {
          if (each === '*') digits = '';
          else if (each === '#') enter();
          else if (each < 'A') {
            digits += each;
            if (digits.length === fixed_length) enter();
          }
        }
        const entered = play(typed, { ...rules, fixed_length }).filter(
          (one) => one !== 'enter_pin' && one !== 'ready',
        );
        expect(entered).toEqual(expected);
      }),
    );
  });
});
