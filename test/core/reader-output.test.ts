import { describe, expect, test } from 'vitest';
import {
  conditionHolds,
  idleOutput,
  type OutputCondition,
  type OutputInput,
  onUntil,
  outputConditions,
  stepOutput,
} from '../../src/core/reader-output.ts';

const calm = { forced_open: false, held_open: false, mode: 'normal' } as const;

describe('what an output follows', () => {
  test.each<[Partial<Parameters<typeof conditionHolds>[1]>, OutputCondition[]]>([
    [{}, []],
    [{ forced_open: true }, ['alarm', 'forced_open']],
    [{ held_open: true }, ['alarm', 'held_open']],
    [{ mode: 'disabled' }, ['disabled']],
    [{ mode: 'unlocked' }, []],
    [{ mode: 'card_and_pin' }, []],
  ])('a door with %j is %j', (signs, expected) => {
    const so = outputConditions.filter((one) => conditionHolds(one, { ...calm, ...signs }));
    expect(so).toEqual(expected);
  });
});

/** Inputs with the instants at which they come, and instants at which the output is looked at. */
type Row = [title: string, for_ms: number | null, inputs: [number, OutputInput][], on: [number, boolean][]];
const begins: OutputInput = { type: 'follow', holds: true };
const ends: OutputInput = { type: 'follow', holds: false };
const silence: OutputInput = { type: 'silence' };
const trial: OutputInput = { type: 'try', ms: 50 };

describe('when an output is on', () => {
  test.each<Row>([
    ['never by itself', 100, [], [[0, false]]],
    [
      'while it lasts',
      100,
      [
        [10, begins],
        [60, ends],
      ],
      [
        [10, true],
        [59, true],
        [60, false],
      ],
    ],
    [
      'no longer than it may',
      100,
      [[10, begins]],
      [
        [109, true],
        [110, false],
        [999, false],
      ],
    ],
    [
      'not longer for being seen again',
      100,
      [
        [10, begins],
        [90, begins],
      ],
      [
        [109, true],
        [110, false],
      ],
    ],
    ['without end where none is given', null, [[10, begins]], [[1e9, true]]],
    [
      'anew for the next occasion',
      100,
      [
        [10, begins],
        [200, ends],
        [300, begins],
      ],
      [
        [299, false],
        [300, true],
      ],
    ],
    [
      'not once it is silenced',
      100,
      [
        [10, begins],
        [20, silence],
      ],
      [
        [19, true],
        [20, false],
        [99, false],
      ],
    ],
    [
      'but for the next occasion',
      100,
      [
        [10, begins],
        [20, silence],
        [30, ends],
        [40, begins],
      ],
      [
        [30, false],
        [40, true],
      ],
    ],
    [
      'silencing what is off forbids nothing',
      100,
      [
        [10, silence],
        [20, begins],
      ],
      [[20, true]],
    ],
    [
      'while it is tried',
      100,
      [[10, trial]],
      [
        [10, true],
        [59, true],
        [60, false],
      ],
    ],
    [
      'no longer than that when silenced',
      100,
      [
        [10, trial],
        [20, silence],
      ],
      [[20, false]],
    ],
    [
      'tried though it was silenced',
      100,
      [
        [10, begins],
        [20, silence],
        [30, trial],
      ],
      [
        [30, true],
        [80, false],
      ],
    ],
    [
      'the longer of both',
      100,
      [
        [0, begins],
        [80, trial],
      ],
      [
        [100, true],
        [129, true],
        [130, false],
      ],
    ],
  ])('%s', (_, for_ms, inputs, on) => {
    const seen = on.map(([at]): [number, boolean] => {
      const plan = inputs
        .filter(([when]) => when <= at)
        .reduce((before, [when, input]) => stepOutput(before, input, when), idleOutput);
      return [at, onUntil({ for_ms }, plan, at) !== null];
    });
    expect(seen).toEqual(on);
  });
});
