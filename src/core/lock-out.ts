import type { Reason } from './decision.ts';
import type { LockOutRules } from './site.ts';

/** A keypad's wrong PINs in a row, and until when (monotonic ms) it takes none. */
export interface LockOut {
  wrong_tries: number;
  until: number;
}

/** The same as it outlives a restart: a duration, because no clock survives one unchanged. */
export interface KeptLockOut {
  wrong_tries: number;
  remaining_ms: number;
}

export const noLockOut: LockOut = { wrong_tries: 0, until: Number.NEGATIVE_INFINITY };

export function isLockedOut(state: LockOut, now: number): boolean {
  return now < state.until;
}

/**
 * One more wrong PIN. Every `tries` in a row lock the keypad for the next of `durations_ms`, the last one repeating.
 * `now` is monotonic.
 */
export function afterWrongPin(rules: LockOutRules, state: LockOut, now: number): LockOut {
  const wrong_tries = state.wrong_tries + 1;
  if (wrong_tries % rules.tries !== 0) return { wrong_tries, until: state.until };
  const times = Math.min(wrong_tries / rules.tries, rules.durations_ms.length);
  return { wrong_tries, until: now + (rules.durations_ms[times - 1] ?? 0) };
}

/**
 * Whether a refused PIN counts as a wrong try: whatever is wrong with the PIN itself does, since from outside it is
 * a guess that failed, and so is a PIN without its card; what is wrong with the moment (disabled, armed, no table, a disk that does
 * not answer) does not.
 */
export function countsAsWrongTry(reason: Reason): boolean {
  switch (reason) {
    case 'wrong_pin':
    case 'unknown_credential':
    case 'draft':
    case 'blocked':
    case 'suspended':
    case 'not_yet_valid':
    case 'expired':
    case 'no_uses_left':
    case 'not_this_door':
    case 'outside_schedule':
    case 'holiday':
    case 'second_factor_needed':
      return true;
    case 'granted':
    case 'use_not_recordable':
    case 'clock_not_trusted':
    case 'door_disabled':
    case 'restricted_while_armed':
    case 'locked_out':
    case 'read_during_outage':
    case 'no_table':
      return false;
  }
}

export function keepLockOut(state: LockOut, now: number): KeptLockOut {
  return { wrong_tries: state.wrong_tries, remaining_ms: Math.max(0, state.until - now) };
}

/** Goes on with what was kept: time in between does not count, so that no clock can be turned to shorten it. */
export function resumeLockOut(kept: KeptLockOut, now: number): LockOut {
  return { wrong_tries: kept.wrong_tries, until: now + kept.remaining_ms };
}
