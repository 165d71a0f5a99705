import { describe, expect, test } from 'vitest';
import { readerOutputs } from '../../src/sim/reader-outputs.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** Outputs of a simulated reader do what the codes of OUT say (sheet 4). */
const on = { control: 2, timer: 0 };

describe.each([
  { title: '0 changes nothing', before: [on], next: { control: 0, timer: 0 }, at: [1, 1, 1] },
  { title: '1 is off', before: [on], next: { control: 1, timer: 0 }, at: [0, 0, 0] },
  {
    title: '1 ends a timer',
    before: [{ control: 5, timer: 9 }],
    next: { control: 1, timer: 0 },
    at: [0, 0, 0],
  },
  { title: '2 is on', before: [], next: on, at: [1, 1, 1] },
  { title: '2 ends a timer', before: [{ control: 6, timer: 9 }], next: on, at: [1, 1, 1] },
  {
    title: '3 waits for the timer',
    before: [on, { control: 5, timer: 9 }],
    next: { control: 3, timer: 0 },
    at: [1, 1, 0],
  },
  {
    title: '4 waits for the timer',
    before: [{ control: 6, timer: 9 }],
    next: { control: 4, timer: 0 },
    at: [0, 0, 1],
  },
  { title: '5 goes back', before: [], next: { control: 5, timer: 9 }, at: [1, 1, 0] },
  {
    title: '5 begins anew',
    before: [{ control: 5, timer: 2 }],
    next: { control: 5, timer: 9 },
    at: [1, 1, 0],
  },
  { title: '6 goes back', before: [on], next: { control: 6, timer: 9 }, at: [0, 0, 1] },
])('$title', ({ before, next, at }) => {
  test('at once, after half a second, after a second', () => {
    const clock = virtualClock();
    const outputs = readerOutputs(2, clock, () => {});
    for (const record of [...before, next]) expect(outputs.obey([{ output: 1, ...record }])).toBe(true);
    const seen = [0, 500, 500].map((ms) => {
      clock.advance(ms);
      return outputs.states()[1];
    });
    expect(seen).toEqual(at);
    expect(outputs.states()[0]).toBe(0);
  });
});

test('each move is told once, that of a timer too', () => {
  const clock = virtualClock();
  const moves: unknown[] = [];
  const outputs = readerOutputs(1, clock, (output, isOn) => moves.push([output, isOn]));
  outputs.obey([{ output: 0, control: 5, timer: 10 }]);
  clock.advance(700);
  outputs.obey([{ output: 0, control: 5, timer: 10 }]);
  clock.advance(900);
  expect(moves).toEqual([[0, true]]);
  clock.advance(100);
  expect(moves).toEqual([
    [0, true],
    [0, false],
  ]);
});

test('what it has not is refused, and then nothing is switched', () => {
  const outputs = readerOutputs(1, virtualClock(), () => {});
  expect(
    outputs.obey([
      { output: 0, ...on },
      { output: 1, ...on },
    ]),
  ).toBe(false);
  expect(outputs.obey([{ output: 0, control: 7, timer: 0 }])).toBe(false);
  expect([...outputs.states()]).toEqual([0]);
});
