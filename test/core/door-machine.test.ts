import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doorDue, longestStrikeMs, stepDoor } from '../../src/core/door-machine.ts';
import {
  type Cause,
  type DoorEffect,
  type DoorInput,
  type DoorRules,
  type DoorState,
  newDoor,
} from '../../src/core/door-state.ts';
import type { LockOutcome } from '../../src/core/lock.ts';

const rules: DoorRules = {
  strike_ms: 5_000,
  held_open_ms: 30_000,
  relock_on_open: false,
  on_shutdown: 'locked',
};
const relocking: DoorRules = { ...rules, relock_on_open: true };
const grant: DoorInput = { type: 'release', cause: { by: 'credential' } };
const operator: DoorInput = { type: 'release', cause: { by: 'operator', operator: 'portal' } };
const press: DoorInput = { type: 'exit_button', pressed: true };
const open: DoorInput = { type: 'contact', open: true };
const shut: DoorInput = { type: 'contact', open: false };
const secured: DoorInput = { type: 'secured' };
const timer: DoorInput = { type: 'timer' };
const stop: DoorInput = { type: 'stop' };
const lost: DoorInput = { type: 'lost' };
const ok = (request: number): DoorInput => ({
  type: 'outcome',
  request,
  cause: { by: 'credential' },
  outcome: { ok: true },
});
const unlocked: DoorInput = { type: 'stand', unlocked: true };
const locked: DoorInput = { type: 'stand', unlocked: false };
const there: DoorInput = { type: 'found' };
const held = (request: number, outcome: LockOutcome = { ok: true }): DoorInput => ({
  type: 'outcome',
  request,
  cause: { by: 'mode' },
  outcome,
});
const refuses: LockOutcome = { ok: false, code: 'lock_mismatch', detail: 'it does not follow' };
const failed = (request: number, code: 'lock_offline' | 'unknown_result'): DoorInput => ({
  type: 'outcome',
  request,
  cause: { by: 'credential' },
  outcome: { ok: false, code, detail: 'no answer' },
});

/** A step as one word: `release 5000`, `secure`, or the news. */
const told = (effect: DoorEffect): string => {
  switch (effect.do) {
    case 'release':
    case 'hold':
      return `${effect.do} ${effect.ms}`;
    case 'secure':
      return 'secure';
    case 'emit':
      return effect.news.type.replace('door.', '');
  }
};

function run(rows: readonly [at: number, DoorInput, ...expected: string[]][], with_ = rules): DoorState {
  let state = newDoor;
  rows.forEach(([at, input, ...expected], row) => {
    const next = stepDoor(with_, state, input, at);
    state = next.state;
    expect(next.effects.map(told), `row ${row + 1}: ${JSON.stringify(input)}`).toEqual(expected);
  });
  return state;
}

describe('door machine', () => {
  test('a grant releases for the strike time, and the lock is secured when it is over', () => {
    run([
      [0, shut],
      [10, grant, 'release 5000'],
      [30, ok(1), 'unlocked'],
      [5_009, timer],
      [5_010, timer, 'secure'],
      [5_030, secured, 'secured'],
      [5_040, secured],
    ]);
  });

  test('relock on open secures at once; reopening within the strike time is still no break-in', () => {
    run(
      [
        [0, shut],
        [10, grant, 'release 5000'],
        [30, ok(1), 'unlocked'],
        [900, open, 'secure', 'opened'],
        [920, secured, 'secured'],
        [1_000, shut, 'closed'],
        [1_100, open, 'opened'],
        [6_000, shut, 'closed'],
        [6_100, open, 'opened', 'forced_open'],
      ],
      relocking,
    );
  });

  test('without relock on open the strike runs on while the door opens', () => {
    run([
      [0, shut],
      [10, grant, 'release 5000'],
      [20, open, 'opened'],
      [30, ok(1), 'unlocked'],
      [5_010, timer, 'secure'],
    ]);
  });

  test.each([
    ['a credential', grant],
    ['an operator', operator],
    ['the exit button', press],
  ])('an opening after a release by %s is not forced', (_, input) => {
    const first = stepDoor(rules, stepDoor(rules, newDoor, shut, 0).state, input, 10);
    expect(stepDoor(rules, first.state, open, 20).effects.map(told)).toEqual(['opened']);
  });

  test('an opening that no release explains is forced, but not when the door was open when first seen', () => {
    run([
      [0, shut],
      [10, open, 'opened', 'forced_open'],
      [20, shut, 'closed'],
    ]);
    run([[0, open, 'opened']]);
  });

  test('a door held open is told once, with how long, and ends by closing', () => {
    const state = run([
      [0, open, 'opened'],
      [29_999, timer],
      [30_000, timer, 'held_open'],
      [90_000, timer],
    ]);
    expect(state.contact).toMatchObject({ is: 'open', held: true });
    expect(doorDue(state)).toBeNull();
    expect(stepDoor(rules, state, shut, 95_000).state.contact).toEqual({ is: 'closed' });
    const held = stepDoor(rules, run([[0, open, 'opened']]), timer, 31_000).effects[0];
    expect(held).toEqual({ do: 'emit', news: { type: 'door.held_open', data: { held_ms: 31_000 } } });
  });

  test('the exit button releases first and tells afterwards; letting it go is nothing', () => {
    run([
      [0, press, 'release 5000', 'exit_requested'],
      [10, { type: 'exit_button', pressed: false }],
    ]);
    const unlocked = stepDoor(
      rules,
      run([[0, press, 'release 5000', 'exit_requested']]),
      { type: 'outcome', request: 1, cause: { by: 'exit_button' }, outcome: { ok: true } },
      10,
    );
    expect(unlocked.effects).toEqual([
      { do: 'emit', news: { type: 'door.unlocked', data: { by: 'exit_button' } } },
    ]);
  });

  test('the timer is wanted for whichever comes first, the end of the strike or that of a door held open', () => {
    const passing: [number, DoorInput, ...string[]][] = [
      [0, shut],
      [10, grant, 'release 5000'],
      [20, open, 'opened'],
    ];
    expect(doorDue(run(passing))).toBe(5_010);
    expect(doorDue(run(passing, { ...rules, held_open_ms: 1_000 }))).toBe(1_020);
    expect(doorDue(run([...passing, [30, shut, 'closed']]))).toBe(5_010);
    expect(doorDue(run([...passing, [5_010, timer, 'secure'], [5_020, shut, 'closed']]))).toBeNull();
  });

  test('a grant while released begins the strike anew', () => {
    run([
      [0, shut],
      [0, grant, 'release 5000'],
      [20, ok(1), 'unlocked'],
      [4_000, grant, 'release 5000'],
      [4_020, ok(2), 'unlocked'],
      [5_000, timer],
      [9_000, timer, 'secure'],
    ]);
  });

  test("the board's own timer ends a strike, but not one that is not proved yet", () => {
    run([
      [0, grant, 'release 5000'],
      [10, secured],
      [20, ok(1), 'unlocked'],
      [4_900, secured, 'secured'],
      [5_000, timer],
    ]);
  });

  test('a release that failed is told and made safe; only a result nobody knows excuses an opening', () => {
    run([
      [0, shut],
      [10, grant, 'release 5000'],
      [200, failed(1, 'lock_offline'), 'secure', 'unlock_failed'],
      [300, open, 'opened', 'forced_open'],
    ]);
    run([
      [0, shut],
      [10, grant, 'release 5000'],
      [200, failed(1, 'unknown_result'), 'secure', 'unlock_failed'],
      [300, open, 'opened'],
    ]);
  });

  test('a late failure of an earlier release does not end a later one', () => {
    const state = run([
      [0, grant, 'release 5000'],
      [100, grant, 'release 5000'],
      [200, failed(1, 'lock_offline'), 'unlock_failed'],
    ]);
    expect(state.lock).toMatchObject({ wanted: 'released', request: 2 });
  });

  test('while the lock is out of reach an open door is not timed; found open again, it is timed anew', () => {
    const state = run([
      [0, open, 'opened'],
      [10_000, lost],
      [60_000, timer],
      [70_000, open],
    ]);
    expect(doorDue(state)).toBe(100_000);
  });

  test('at shutdown the door is locked or released without end, and obeys nobody after that', () => {
    run([
      [0, grant, 'release 5000'],
      [10, ok(1), 'unlocked'],
      [20, stop, 'secure'],
      [30, secured, 'secured'],
      [40, press],
      [50, grant],
      [60, open],
      [9_000, timer],
    ]);
    const left = run(
      [
        [0, stop, `release ${longestStrikeMs}`],
        [10, press],
        [20, grant],
        [30, unlocked],
        [40, open],
        [9_000, timer],
      ],
      { ...rules, on_shutdown: 'unlocked' },
    );
    expect(doorDue(left)).toBeNull();
  });
});

describe('a door that stands unlocked', () => {
  test('is held: the lock is told again before its time is over, and the door opens and stays open as it likes', () => {
    const state = run(
      [
        [0, there],
        [0, secured],
        [0, shut],
        [10, unlocked, 'hold 60000'],
        [20, held(1), 'unlocked'],
        [100, open, 'opened'],
        [30_009, timer],
        [30_010, timer, 'hold 60000'],
        [30_020, held(2)],
        [50_000, shut, 'closed'],
        [60_010, timer, 'hold 60000'],
      ],
      relocking,
    );
    expect(doorDue(state)).toBe(90_010);
  });

  test('is secured at once when it is not to stand so any more; who is passing has not forced it', () => {
    run([
      [0, there],
      [0, secured],
      [0, shut],
      [10, unlocked, 'hold 60000'],
      [20, held(1), 'unlocked'],
      [5_000, locked, 'secure'],
      [5_050, secured, 'secured'],
      [5_100, open, 'opened'],
      [6_000, shut, 'closed'],
      [6_100, open, 'opened', 'forced_open'],
    ]);
  });

  test('left open when it is secured, it is held open from then on', () => {
    run([
      [0, there],
      [0, secured],
      [0, unlocked, 'hold 60000'],
      [10, held(1), 'unlocked'],
      [20, open, 'opened'],
      [29_000, locked, 'secure'],
      [58_999, timer],
      [59_000, timer, 'held_open'],
    ]);
  });

  test('needs no strike for a grant or the exit button, and is still released when they are over', () => {
    const state = run([
      [0, there],
      [0, secured],
      [0, unlocked, 'hold 60000'],
      [10, held(1), 'unlocked'],
      [20, grant],
      [30, press, 'exit_requested'],
      [6_000, timer],
    ]);
    expect(state.lock.wanted).toBe('held');
  });

  test('waits for a board that is not there, and is held as soon as it is, also when it comes back', () => {
    run([
      [0, unlocked],
      [10, there, 'hold 60000'],
      [15, secured],
      [20, held(1), 'unlocked'],
      [1_000, lost],
      [40_000, timer],
      [50_000, there, 'hold 60000'],
      [50_010, secured],
      [50_020, held(2)],
    ]);
  });

  test('that another life left unlocked is held without a word, and told of when it is secured', () => {
    run([
      [0, unlocked],
      [10, there, 'hold 60000'],
      [20, held(1)],
      [1_000, locked, 'secure'],
      [1_050, secured, 'secured'],
    ]);
  });

  test('whose lock refuses tells it once and tries again every 10 s, until it works', () => {
    run([
      [0, there],
      [0, secured],
      [0, unlocked, 'hold 60000'],
      [100, held(1, refuses), 'unlock_failed'],
      [10_099, timer],
      [10_100, timer, 'hold 60000'],
      [10_200, held(2, refuses)],
      [20_200, timer, 'hold 60000'],
      [20_210, held(3), 'unlocked'],
      [50_200, timer, 'hold 60000'],
      [50_300, held(4, refuses), 'unlock_failed'],
    ]);
  });

  test('whose lock is secured by somebody else is held again 10 s later', () => {
    run([
      [0, there],
      [0, secured],
      [0, unlocked, 'hold 60000'],
      [10, held(1), 'unlocked'],
      [500, secured, 'secured'],
      [10_500, timer, 'hold 60000'],
      [10_510, held(2), 'unlocked'],
    ]);
  });

  test('is not released by the outcome of a command that was given before it was secured', () => {
    const state = run([
      [0, there],
      [0, secured],
      [0, unlocked, 'hold 60000'],
      [5, locked, 'secure'],
      [10, held(1)],
      [20, secured],
    ]);
    expect(state.lock.wanted).toBe('secured');
    expect(doorDue(state)).toBeNull();
  });

  test('is left at shutdown as any other', () => {
    const standing: [number, DoorInput, ...string[]][] = [
      [0, there],
      [0, secured],
      [0, unlocked, 'hold 60000'],
      [10, held(1), 'unlocked'],
    ];
    run([...standing, [20, stop, 'secure'], [30, unlocked], [90_000, timer]]);
  });

  test('through anything that happens: held only while it is to stand so, then nothing secures it, and it is secured in one step', () => {
    const cause = fc.constantFrom<Cause>({ by: 'credential' }, { by: 'operator', operator: 'portal' });
    const outcome = fc.constantFrom<LockOutcome>({ ok: true }, refuses, { ...refuses, code: 'lock_offline' });
    const input = fc.oneof(
      fc.constantFrom(unlocked, locked, unlocked, locked, there, lost, press, open, shut, secured, timer),
      cause.map((why): DoorInput => ({ type: 'release', cause: why })),
      fc.record({ type: fc.constant('answer' as const), back: fc.nat(3), outcome }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.nat(20_000)), { maxLength: 40 }), (rows) => {
        let state = newDoor;
        let now = 0;
        let standing = false;
        const asked: { request: number; cause: Cause }[] = [];
        for (const [drawn, wait] of rows) {
          now += wait;
          let each: DoorInput;
          if (drawn.type === 'answer') {
            const one = asked.at(-1 - drawn.back);
            if (one === undefined) continue;
            each = { type: 'outcome', request: one.request, cause: one.cause, outcome: drawn.outcome };
          } else each = drawn;
          if (each.type === 'stand') standing = each.unlocked;
          const before = state;
          const { state: next, effects } = stepDoor(relocking, state, each, now);
          state = next;
          for (const effect of effects) {
            if (effect.do === 'release' || effect.do === 'hold') asked.push(effect);
          }
          const did = effects.map(told);
          expect(state.lock.wanted === 'held').toBe(standing);
          if (standing) expect(did.filter((one) => /secure$|release|forced|held_open/.test(one))).toEqual([]);
          else expect(did).not.toContain('hold 60000');
          if (!standing && before.lock.wanted === 'held') expect(did).toEqual(['secure']);
          if (standing && state.reachable) expect(doorDue(state)).toBeLessThanOrEqual(now + 30_000);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
