import type { Key } from './reader.ts';
import { Secret } from './secret.ts';
import type { KeypadRules } from './site.ts';

/** What has been typed so far. `last` is when (monotonic ms) the last digit came. */
export type PinEntry =
  | { is: 'empty' }
  | { is: 'typing'; digits: Secret; length: number; last: number }
  /** More digits than any PIN has: refused when entered. */
  | { is: 'too_long'; last: number };

export type PinEntryInput =
  | { type: 'key'; key: Key }
  | { type: 'timer' }
  /** What was typed may be old, or its rest is lost. */
  | { type: 'discard' };

export type PinEntryEffect =
  | { do: 'submit'; pin: Secret }
  | { do: 'refuse' }
  | { do: 'show'; signal: 'enter_pin' | 'ready' };

export interface PinEntryStep {
  state: PinEntry;
  effects: PinEntryEffect[];
}

export const noEntry: PinEntry = { is: 'empty' };

/** No PIN is longer (core/pin.ts). */
const longest = 10;

/** When the entry wants a `timer` (monotonic ms); null: not at all. */
export function pinEntryDue(rules: KeypadRules, state: PinEntry): number | null {
  return state.is === 'empty' ? null : state.last + rules.inter_digit_timeout_ms;
}

/**
 * A PIN typed at a keypad: digits, `*` clears, `#` enters, a fixed length enters by itself, a pause longer than the time limit
 * forgets. Function keys are not part of a PIN. `now` is monotonic.
 */
export function stepPinEntry(
  rules: KeypadRules,
  state: PinEntry,
  input: PinEntryInput,
  now: number,
): PinEntryStep {
  const due = pinEntryDue(rules, state);
  const late = due !== null && now >= due;
  switch (input.type) {
    case 'timer':
      return late ? cleared(state) : { state, effects: [] };
    case 'discard':
      return cleared(state);
    case 'key': {
      if (!late) return key(rules, state, input.key, now);
      // The timer is only late: the pause was too long all the same.
      const { effects } = cleared(state);
      const next = key(rules, noEntry, input.key, now);
      return { state: next.state, effects: [...effects, ...next.effects] };
    }
  }
}

function cleared(state: PinEntry): PinEntryStep {
  return { state: noEntry, effects: state.is === 'empty' ? [] : [{ do: 'show', signal: 'ready' }] };
}

function key(rules: KeypadRules, state: PinEntry, pressed: Key, now: number): PinEntryStep {
  if (pressed === '*') return cleared(state);
  if (pressed === '#') return entered(state);
  if (pressed >= 'A') return { state, effects: [] };
  return digit(rules, state, pressed, now);
}

function entered(state: PinEntry): PinEntryStep {
  switch (state.is) {
    case 'empty':
      return { state, effects: [] };
    case 'typing':
      return { state: noEntry, effects: [{ do: 'submit', pin: state.digits }] };
    case 'too_long':
      return { state: noEntry, effects: [{ do: 'refuse' }] };
  }
}

function digit(rules: KeypadRules, state: PinEntry, pressed: string, now: number): PinEntryStep {
  if (state.is === 'too_long') return { state: { is: 'too_long', last: now }, effects: [] };
  const length = state.is === 'empty' ? 1 : state.length + 1;
  if (length > longest) return { state: { is: 'too_long', last: now }, effects: [] };
  const digits = new Secret((state.is === 'empty' ? '' : state.digits.reveal()) + pressed);
  const typing: PinEntry = { is: 'typing', digits, length, last: now };
  if (length === rules.fixed_length) return entered(typing);
  return { state: typing, effects: length === 1 ? [{ do: 'show', signal: 'enter_pin' }] : [] };
}
