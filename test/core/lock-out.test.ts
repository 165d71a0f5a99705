import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reason } from '../../src/core/decision.ts';
import {
  afterWrongPin,
  countsAsWrongTry,
  isLockedOut,
  keepLockOut,
  noLockOut,
  resumeLockOut,
} from '../../src/core/lock-out.ts';

const rules = { tries: 3, durations_ms: [90_000, 300_000, 900_000] };
const wrong = (times: number, now: number) => {
  let state = noLockOut;
  for (let i = 0; i < times; i++) state = afterWrongPin(rules, state, now);
  return state;
};

describe('keypad lock-out', () => {
  test.each([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 90_000],
    [4, 90_000],
    [6, 300_000],
    [9, 900_000],
    [12, 900_000],
    [30, 900_000],
  ])('%i wrong PINs in a row lock for %i ms', (times, duration) => {
    const state = wrong(times, 1_000);
    expect(isLockedOut(state, 1_000 + duration)).toBe(false);
    expect(isLockedOut(state, 1_000 + duration - 1)).toBe(duration > 0);
  });

  test('what is kept goes on after a restart, whatever the clocks read then', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(1_000_000), fc.nat(10_000_000), (times, elapsed, restart) => {
        const state = wrong(times, 0);
        const resumed = resumeLockOut(keepLockOut(state, elapsed), restart);
        const left = Math.max(0, state.until - elapsed);
        expect(resumed.wrong_tries).toBe(times);
        expect(isLockedOut(resumed, restart + left)).toBe(false);
        expect(left === 0 || isLockedOut(resumed, restart + left - 1)).toBe(true);
      }),
    );
  });

  test('whatever is wrong with a PIN itself counts as a try, what is wrong with the moment does not', () => {
    const counts: Readonly<Record<Reason, boolean>> = {
      wrong_pin: true,
      unknown_credential: true,
      draft: true,
      blocked: true,
      suspended: true,
      not_yet_valid: true,
      expired: true,
      no_uses_left: true,
      not_this_door: true,
      outside_schedule: true,
      holiday: true,
      second_factor_needed: true,
      granted: false,
      use_not_recordable: false,
      clock_not_trusted: false,
      door_disabled: false,
      restricted_while_armed: false,
      locked_out: false,
      read_during_outage: false,
      no_table: false,
    };
    const reasons = Object.keys(counts) as Reason[];
    expect(reasons.filter(countsAsWrongTry)).toEqual(reasons.filter((reason) => counts[reason]));
  });
});
