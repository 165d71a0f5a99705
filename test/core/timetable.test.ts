import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextEdge, periodAt, stricter, strictest, type Timetable } from '../../src/core/timetable.ts';
import { moreOpen, opennessOrder, plainPeriod, someInstant, someTimetable } from '../support/timetables.ts';

const instants = Array.from({ length: 75 }, (_, i) => i - 7);
const modeAt = (timetable: Timetable, at: number) => periodAt(timetable, at)?.mode ?? 'normal';

describe('a timetable', () => {
  test('at every instant: the period that has begun and not ended, and none beyond its horizon', () => {
    fc.assert(
      fc.property(someTimetable, someInstant, (timetable, at) => {
        expect(periodAt(timetable, at)).toEqual(plainPeriod(timetable, at));
      }),
    );
  });

  test('changes nothing between an instant and its next edge, and the edges come to an end', () => {
    fc.assert(
      fc.property(someTimetable, someInstant, (timetable, at) => {
        const next = nextEdge(timetable, at);
        const until = next ?? 70;
        expect(until).toBeGreaterThan(at);
        for (const between of instants) {
          if (between < at || between >= until) continue;
          expect(plainPeriod(timetable, between)).toEqual(plainPeriod(timetable, at));
        }
      }),
    );
  });
});

describe('the stricter', () => {
  test('of two modes: disabled before card and PIN before normal before unlocked', () => {
    expect([...opennessOrder].sort((a, b) => (a === b ? 0 : stricter(a, b) === a ? -1 : 1))).toEqual([
      'disabled',
      'card_and_pin',
      'normal',
      'unlocked',
    ]);
  });

  test('of two timetables is at no instant more open than either, and never stricter than both', () => {
    fc.assert(
      fc.property(someTimetable, someTimetable, (a, b) => {
        const both = strictest(a, b);
        for (const at of instants) expect(modeAt(both, at)).toBe(stricter(modeAt(a, at), modeAt(b, at)));
      }),
    );
  });

  test('of two timetables has periods where one of them is not normal, in order, and none without time', () => {
    fc.assert(
      fc.property(someTimetable, someTimetable, (a, b) => {
        const { periods } = strictest(a, b);
        for (const [i, { from, until, mode }] of periods.entries()) {
          expect(from).toBeLessThan(until);
          expect(from).toBeGreaterThanOrEqual(periods[i - 1]?.until ?? from);
          expect(opennessOrder.filter((other) => other !== 'normal')).toContain(mode);
        }
      }),
    );
  });

  test('of two windows to arrive in leaves the time that is in both', () => {
    const waits = (from: number, until: number): Timetable => ({
      from: 0,
      until: 100,
      periods: [{ from: 10, until: 90, mode: 'unlocked', arrival: { from, until } }],
    });
    const both = (a: Timetable, b: Timetable) =>
      [strictest(a, b), strictest(b, a)].map((one) => periodAt(one, 50));
    const left = { from: 10, until: 90, mode: 'unlocked', arrival: { from: 20, until: 30 } };
    expect(both(waits(5, 30), waits(20, 40))).toEqual([left, left]);
    expect(both(waits(20, 30), waits(5, 40))).toEqual([left, left]);
    for (const apart of both(waits(5, 20), waits(30, 40))) {
      expect(apart?.arrival?.from).toBeGreaterThanOrEqual(apart?.arrival?.until ?? 0);
    }
  });

  test('of two first persons in wants somebody to have come for both', () => {
    fc.assert(
      fc.property(someTimetable, someTimetable, someInstant, someInstant, (a, b, at, came) => {
        const comes = (timetable: Timetable) => {
          const period = periodAt(timetable, at);
          if (period?.mode !== 'unlocked') return null;
          const { arrival } = period;
          return arrival === null || (came >= arrival.from && came < arrival.until);
        };
        if (comes(strictest(a, b)) !== true) return;
        expect([comes(a), comes(b)]).toEqual([true, true]);
        expect(moreOpen('unlocked', modeAt(a, at))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
