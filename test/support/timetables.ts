import fc from 'fast-check';
import type { DoorMode, Timetable, TimetablePeriod } from '../../src/core/timetable.ts';

/** Timetables of a small world: time runs from 0 to 60, and everything begins and ends at a multiple of 5. */
export const someInstant = fc.integer({ min: -5, max: 65 });

const mark = fc.integer({ min: 0, max: 12 }).map((n) => n * 5);
const modes = ['unlocked', 'card_and_pin', 'disabled'] as const;

const someArrival = fc.option(
  fc.tuple(mark, mark).map(([a, b]) => ({ from: Math.min(a, b), until: Math.max(a, b) })),
);

export const someTimetable: fc.Arbitrary<Timetable> = fc
  .tuple(
    fc.uniqueArray(mark, { maxLength: 8 }),
    fc.array(fc.record({ mode: fc.constantFrom(...modes), arrival: someArrival }), {
      minLength: 8,
      maxLength: 8,
    }),
    mark,
    mark,
  )
  .map(([marks, kinds, a, b]) => {
    const ends = marks.sort((x, y) => x - y);
    const periods = kinds.flatMap(({ mode, arrival }, i): TimetablePeriod[] => {
      const [from, until] = [ends[i], ends[i + 1]];
      if (from === undefined || until === undefined || i % 3 === 2) return [];
      return [{ from, until, mode, arrival: mode === 'unlocked' ? arrival : null }];
    });
    return { from: Math.min(a, b, 10), until: Math.max(a, b, 50), periods };
  });

/** The period at an instant, looked for without thought. */
export function plainPeriod(timetable: Timetable | null, at: number): TimetablePeriod | null {
  if (timetable === null || at < timetable.from || at >= timetable.until) return null;
  return timetable.periods.find(({ from, until }) => at >= from && at < until) ?? null;
}

/** From the most open to the strictest. */
export const opennessOrder: readonly DoorMode[] = ['unlocked', 'normal', 'card_and_pin', 'disabled'];

/** Whether the first mode is more open than the second. */
export const moreOpen = (a: DoorMode, b: DoorMode): boolean =>
  opennessOrder.indexOf(a) < opennessOrder.indexOf(b);
