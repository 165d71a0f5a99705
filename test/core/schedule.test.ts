import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commonTimes,
  compiledSchedule,
  inside,
  noTime,
  type ScheduleEdges,
  standingAt,
  standings,
} from '../../src/core/schedule.ts';

const edgesOf = (from: number, until: number, ...edges: number[]): ScheduleEdges => ({
  from,
  until,
  edges: Float64Array.from(edges),
  holiday_edges: new Float64Array(),
});
const worked = fc
  .record({
    from: fc.integer({ min: 0, max: 20 }),
    length: fc.integer({ min: 1, max: 60 }),
    edges: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 20 }),
    open: fc.boolean(),
  })
  .map(({ from, length, edges, open }) => {
    const within = edges.filter((edge) => edge < length).sort((a, b) => a - b);
    return edgesOf(from, from + length, ...(open ? [-Infinity] : []), ...within.map((edge) => from + edge));
  });
const plainly = ({ from, until, edges }: ScheduleEdges, at: number): boolean =>
  at >= from && at < until && edges.filter((edge) => edge <= at).length % 2 === 1;

describe('a schedule worked out', () => {
  test('a window has its first instant and not its last; beyond the horizon there is none', () => {
    const schedule = compiledSchedule(edgesOf(0, 100, 10, 20, 90));
    const answers = [-1, 0, 9, 10, 19, 20, 89, 90, 99, 100, 1e9].map((at) => inside(schedule, at));
    expect(answers).toEqual([false, false, false, true, true, false, false, true, true, false, false]);
  });

  test('however its edges lie, it answers as counting them does', () => {
    fc.assert(
      fc.property(worked, fc.array(fc.integer({ min: -5, max: 90 })), (edges, instants) => {
        const schedule = compiledSchedule(edges);
        for (const at of instants) expect(inside(schedule, at)).toBe(plainly(edges, at));
      }),
    );
  });

  test('an instant that is no number is inside of nothing', () => {
    const always = compiledSchedule(edgesOf(0, 100, -Infinity));
    expect([inside(always, 50), inside(always, Number.NaN), inside(noTime(), 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('what a holiday closes is told apart, within the bounds, and never what is inside all the same', () => {
    const { outside, holiday, inside } = standings;
    const edges = { ...edgesOf(0, 100, 15, 30), holiday_edges: Float64Array.of(10, 20, 95) };
    const answers = [9, 10, 15, 29, 30, 95, 99, 100].map((at) => standingAt(compiledSchedule(edges), at));
    expect(answers).toEqual([outside, holiday, inside, inside, outside, holiday, holiday, outside]);
  });

  test('it stands as both kinds of edges say, at every instant before, at and after each, in any order asked', () => {
    const asked = fc.array(fc.integer({ min: -5, max: 90 }));
    fc.assert(
      fc.property(worked, worked, asked, (open, { edges }, instants) => {
        const shut = { ...open, edges: edges.filter((edge) => edge >= open.from) };
        const schedule = compiledSchedule({ ...open, holiday_edges: shut.edges });
        const plain = (at: number) => {
          if (plainly(open, at)) return standings.inside;
          return plainly(shut, at) ? standings.holiday : standings.outside;
        };
        const near = [...open.edges, ...shut.edges].flatMap((edge) => [edge + 1, edge, edge - 1]);
        for (const at of [...near, ...instants]) expect(standingAt(schedule, at)).toBe(plain(at));
      }),
    );
  });

  test('a look begins close to where it ends, however many edges there are', () => {
    const edges = Array.from({ length: 800 }, (_, n) => 1_000 * n + 250);
    const { from, marks, before, scale } = compiledSchedule(edgesOf(0, 800_000, ...edges));
    const passes = Array.from({ length: 8_000 }, (_, n) => {
      const at = from + 100 * n;
      const passed = marks.filter((mark) => mark <= at).length;
      return passed - (before[Math.floor((at - from) * scale)] ?? 0);
    });
    expect([Math.min(...passes), Math.max(...passes)]).toEqual([0, 1]);
  });

  test('the time two have in common is in both, and all that is in both', () => {
    fc.assert(
      fc.property(worked, worked, (a, b) => {
        const common = compiledSchedule(commonTimes(a, b));
        for (let at = -2; at < 90; at++) expect(inside(common, at)).toBe(plainly(a, at) && plainly(b, at));
      }),
    );
  });
});
