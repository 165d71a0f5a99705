import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LockState } from '../../src/core/lock.ts';
import {
  type LockEffect,
  type LockEvent,
  type LockMachine,
  newLock,
  stepLock,
} from '../../src/lock-bus/lock-machine.ts';

const release: LockEvent = { type: 'release', strike_ms: 5000, timed: null };
const timedRelease: LockEvent = { type: 'release', strike_ms: 5000, timed: { unit_ms: 100 } };
const hold: LockEvent = { type: 'hold', strike_ms: 60_000, timed: null };
const timedHold: LockEvent = { type: 'hold', strike_ms: 60_000, timed: { unit_ms: 100 } };
const found = (state: LockState): LockEvent => ({ type: 'read', found: state });

/** Plays events, each at its own time; returns the effects of the last one. */
function play(...rows: [LockEvent, number][]): { state: LockMachine; effects: LockEffect[] } {
  let step: { state: LockMachine; effects: LockEffect[] } = { state: newLock, effects: [] };
  for (const [event, now] of rows) step = stepLock(step.state, event, now);
  return step;
}
const kinds = (effects: LockEffect[]) =>
  effects.map((effect) => (effect.do === 'report' ? effect.report.type : effect.do));

describe.each<[string, [LockEvent, number][], string[], LockState]>([
  ['first read as wanted', [[found('secured'), 0]], ['output'], 'secured'],
  [
    'first read released: secured without a mismatch',
    [[found('released'), 0]],
    ['output', 'write'],
    'secured',
  ],
  ['release writes', [[release, 0]], ['write'], 'released'],
  [
    'echo asks for the proof',
    [
      [release, 0],
      [{ type: 'echoed', op: 1 }, 5],
    ],
    ['read'],
    'released',
  ],
  [
    'proof settles',
    [
      [release, 0],
      [{ type: 'echoed', op: 1 }, 5],
      [found('released'), 9],
    ],
    ['output', 'settle'],
    'released',
  ],
  [
    'not followed yet: asked again',
    [
      [release, 0],
      [{ type: 'echoed', op: 1 }, 5],
      [found('secured'), 9],
    ],
    ['read'],
    'released',
  ],
  [
    'not followed at all: failed, wanted secured',
    [
      [release, 0],
      [{ type: 'echoed', op: 1 }, 5],
      [found('secured'), 105],
    ],
    ['output', 'settle'],
    'secured',
  ],
  [
    'no answer: read, not written again',
    [
      [release, 0],
      [{ type: 'unanswered', op: 1, raw: null }, 100],
    ],
    ['read'],
    'released',
  ],
  [
    'no answer, but done: proved',
    [
      [release, 0],
      [{ type: 'unanswered', op: 1, raw: null }, 100],
      [found('released'), 210],
    ],
    ['output', 'settle'],
    'released',
  ],
  [
    'no answer, not done: failed at once',
    [
      [release, 0],
      [{ type: 'unanswered', op: 1, raw: null }, 100],
      [found('secured'), 110],
    ],
    ['output', 'settle'],
    'secured',
  ],
  [
    'refused: failed',
    [
      [release, 0],
      [{ type: 'refused', op: 1, detail: 'no', raw: '' }, 5],
    ],
    ['settle'],
    'secured',
  ],
  [
    'a read from before the write proves nothing',
    [
      [release, 0],
      [found('released'), 1],
    ],
    [],
    'released',
  ],
  [
    'the echo of an older write proves nothing',
    [
      [release, 0],
      [{ type: 'secure' }, 1],
      [{ type: 'echoed', op: 1 }, 5],
    ],
    [],
    'secured',
  ],
  [
    'two failed read-backs: unknown',
    [
      [release, 0],
      [{ type: 'echoed', op: 1 }, 5],
      [{ type: 'read_failed', detail: '' }, 9],
      [{ type: 'read_failed', detail: '' }, 20],
    ],
    ['settle'],
    'secured',
  ],
  [
    'secure when it is secured writes nothing',
    [
      [found('secured'), 0],
      [{ type: 'secure' }, 1],
    ],
    ['settle'],
    'secured',
  ],
  [
    'timed: lets go by itself in its time',
    [
      [timedRelease, 0],
      [{ type: 'echoed', op: 1 }, 5],
      [found('released'), 9],
      [found('secured'), 5000],
    ],
    ['output'],
    'secured',
  ],
  [
    'timed: let go too early is a mismatch',
    [
      [timedRelease, 0],
      [{ type: 'echoed', op: 1 }, 5],
      [found('released'), 9],
      [found('secured'), 2000],
    ],
    ['output', 'mismatch'],
    'secured',
  ],
  [
    'timed: not let go is a mismatch and secured',
    [
      [timedRelease, 0],
      [{ type: 'echoed', op: 1 }, 5],
      [found('released'), 9],
      [found('released'), 9000],
    ],
    ['mismatch', 'write'],
    'secured',
  ],
  ['hold, output not read yet: looks first', [[hold, 0]], ['read'], 'released'],
  [
    'hold, found released: nothing is written',
    [
      [hold, 0],
      [found('released'), 5],
    ],
    ['output', 'settle'],
    'released',
  ],
  [
    'hold, found secured: written',
    [
      [hold, 0],
      [found('secured'), 5],
    ],
    ['output', 'write'],
    'released',
  ],
  [
    'hold of what is held already: nothing is written',
    [
      [hold, 0],
      [found('released'), 5],
      [hold, 30_000],
    ],
    ['settle'],
    'released',
  ],
  [
    'hold, and no answer: failed, and nothing was written',
    [
      [hold, 0],
      [{ type: 'read_failed', detail: '' }, 9],
      [{ type: 'read_failed', detail: '' }, 20],
    ],
    ['settle'],
    'secured',
  ],
  [
    'hold, and the board is lost: failed',
    [
      [hold, 0],
      [{ type: 'lost', detail: '' }, 9],
    ],
    ['settle'],
    'secured',
  ],
  [
    'timed hold, found released: its time is begun anew',
    [
      [timedHold, 0],
      [found('released'), 5],
    ],
    ['output', 'write'],
    'released',
  ],
  [
    'timed hold: the time is begun anew',
    [
      [timedHold, 0],
      [found('secured'), 1],
      [{ type: 'echoed', op: 2 }, 5],
      [found('released'), 9],
      [timedHold, 30_000],
    ],
    ['write'],
    'released',
  ],
  [
    'timed hold said again: no mismatch after the time of the first',
    [
      [timedHold, 0],
      [found('secured'), 1],
      [{ type: 'echoed', op: 2 }, 5],
      [found('released'), 9],
      [timedHold, 30_000],
      [{ type: 'echoed', op: 3 }, 30_005],
      [found('released'), 30_009],
      [found('released'), 70_000],
    ],
    [],
    'released',
  ],
  [
    'secured while held: reported, and not released again by itself',
    [
      [hold, 0],
      [found('released'), 5],
      [found('secured'), 500],
    ],
    ['output', 'mismatch'],
    'secured',
  ],
  [
    'secured after a hold: written at once',
    [
      [hold, 0],
      [found('released'), 5],
      [{ type: 'secure' }, 500],
    ],
    ['write'],
    'secured',
  ],
])('%s', (_, rows, effects, wanted) => {
  test('effects and what is wanted from then on', () => {
    const last = play(...rows);
    expect(kinds(last.effects)).toEqual(effects);
    expect(last.state.wanted.state).toBe(wanted);
  });
});

test('whatever happens, a release is written only by a release, a hold or the look it asked for, and each command is settled at most once', () => {
  const event = fc.oneof(
    fc.constantFrom<LockEvent>(
      release,
      timedRelease,
      hold,
      timedHold,
      { type: 'secure' },
      found('secured'),
      found('released'),
    ),
    fc.constantFrom<LockEvent>({ type: 'read_failed', detail: '' }, { type: 'lost', detail: '' }),
    fc
      .nat(6)
      .chain((op) =>
        fc.constantFrom<LockEvent>(
          { type: 'echoed', op },
          { type: 'refused', op, detail: '', raw: '' },
          { type: 'unanswered', op, raw: null },
          { type: 'undelivered', op, detail: '' },
        ),
      ),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(3000)), { maxLength: 40 }), (rows) => {
      let state = newLock;
      let now = 0;
      for (const [each, wait] of rows) {
        now += wait;
        const step = stepLock(state, each, now);
        const releases = step.effects.filter(
          (effect) => effect.do === 'write' && effect.state === 'released',
        );
        const least = each.type === 'release' ? 1 : 0;
        const looked = each.type === 'read' && state.phase.type === 'looking';
        expect(releases.length).toBeGreaterThanOrEqual(least);
        expect(releases.length).toBeLessThanOrEqual(each.type === 'hold' || looked ? 1 : least);
        expect(step.effects.filter((effect) => effect.do === 'settle').length).toBeLessThanOrEqual(1);
        expect(step.state.op).toBeGreaterThanOrEqual(state.op);
        state = step.state;
      }
    }),
    { numRuns: 1000 },
  );
});
