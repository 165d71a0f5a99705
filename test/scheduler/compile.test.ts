import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compiledSchedule, inside, standingAt, standings, weekdays } from '../../src/core/schedule.ts';
import { compileSchedule, horizonAt } from '../../src/scheduler/compile.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { differencesAt, transitionsOf } from './oracle.ts';
import { intlClock, luxonClock, plain } from './plain.ts';
import { type schedule, shapesAround } from './shapes.ts';

const minute = 60_000;
const day = 86_400_000;

describe('the minute oracle, a seeded sample (all of it: npm run test:time)', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  const sample = fc.sample(fc.constantFrom(...zones), { numRuns: 12, seed: 20260302 });
  const always = ['Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Casablanca', 'America/Santiago'];

  test.each([...new Set([...always, ...sample])])('%s: compiled is what the wall clock says', (zone) => {
    const from = Date.UTC(2026, 0, 1);
    const transitions = transitionsOf(zone, from, from + 370 * day);
    const places = transitions.length > 0 ? transitions : [from + 100 * day];
    const results = places.map((at) => differencesAt(zone, at));
    expect(results.flatMap(({ differences }) => differences).slice(0, 5)).toEqual([]);
    expect(results.every(({ compared }) => compared > 10_000)).toBe(true);
  });

  test('Samoa, where 30 December 2011 never was', () => {
    const zone = 'Pacific/Apia';
    const [skipped = 0, ...more] = transitionsOf(zone, Date.UTC(2011, 11, 20), Date.UTC(2012, 0, 10));
    expect([new Date(skipped).toISOString(), more]).toEqual(['2011-12-30T10:00:00.000Z', []]);
    expect(differencesAt(zone, skipped).differences).toEqual([]);
  });

  test('luxon, asked what the clock reads, agrees', () => {
    for (const zone of always) {
      for (const at of transitionsOf(zone, Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1))) {
        expect(differencesAt(zone, at, luxonClock(zone)).differences).toEqual([]);
      }
    }
  });
});

const time = (last: number) =>
  fc.integer({ min: 0, max: last }).map((n) => {
    const [hours, minutes] = [Math.floor(n / 60), n % 60];
    return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  });
const dayWindow = fc.record({ from: time(1439), to: time(1440) }).filter(({ from, to }) => from !== to);
const someWindows = fc.array(dayWindow, { maxLength: 4 });
const start = Date.UTC(2026, 2, 20);
const date = fc
  .integer({ min: -3, max: 25 })
  .map((n) => new Date(start + n * day).toISOString().slice(0, 10));
const anySchedule = fc.record({
  week: fc.record(Object.fromEntries(weekdays.map((name) => [name, someWindows]))) as fc.Arbitrary<
    ReturnType<typeof schedule>['week']
  >,
  valid_from: fc.option(date),
  valid_until: fc.option(date),
  holidays: fc.array(
    fc.record({
      holiday_id: fc.constantFrom('a', 'b', 'gone'),
      rule: fc.constantFrom('closed' as const, 'ignored' as const, 'windows' as const),
      windows: someWindows,
    }),
    { maxLength: 3 },
  ),
  exceptions: fc.uniqueArray(fc.record({ date, windows: someWindows }), {
    selector: (one) => one.date,
    maxLength: 3,
  }),
});
const anyHolidays = fc
  .tuple(
    ...['a', 'b'].map((id) =>
      fc
        .array(fc.record({ date, until: fc.constant(null), yearly: fc.boolean() }), { maxLength: 4 })
        .map((days) => [id, days] as const),
    ),
  )
  .map((sets) => new Map(sets));

describe('any schedule over a clock change', () => {
  const zone = openZone('Europe/Berlin');
  const clock = intlClock('Europe/Berlin');
  const horizon = { from: start, until: start + 20 * day };
  const within = fc.integer({ min: 0, max: 20 * 1440 - 1 }).map((n) => start + n * minute);

  test('compiled, it is the plain interpretation, at any minute and before and after each of its edges', () => {
    fc.assert(
      fc.property(anySchedule, anyHolidays, fc.array(within, { maxLength: 50 }), (one, holidays, minutes) => {
        const edges = compileSchedule(one, holidays, zone, horizon);
        const compiled = compiledSchedule(edges);
        const plainly = plain(one, holidays);
        const around = [...edges.edges].slice(0, 60).flatMap((edge) => [edge - 1, edge, edge + minute]);
        for (const at of [...minutes, ...around]) {
          if (at < horizon.from || at >= horizon.until) continue;
          expect(inside(compiled, at)).toBe(plainly(clock(at)));
        }
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  test('the next edge is a change, and none lies before it', () => {
    fc.assert(
      fc.property(anySchedule, anyHolidays, within, (one, holidays, at) => {
        const { edges } = compileSchedule(one, holidays, zone, horizon);
        const plainly = plain(one, holidays);
        const next = edges.find((edge) => edge > at) ?? null;
        const end = next ?? horizon.until;
        const now = plainly(clock(at));
        if (next !== null) {
          expect(next).toBeGreaterThan(at);
          expect(plainly(clock(next))).toBe(!now);
        }
        const other: number[] = [];
        for (let t = at; t < end; t += 7 * minute) if (plainly(clock(t)) !== now) other.push(t);
        expect(other).toEqual([]);
        expect(plainly(clock(end - 1))).toBe(now);
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  test('edges alternate: strictly in order, within their horizon', () => {
    fc.assert(
      fc.property(anySchedule, anyHolidays, (one, holidays) => {
        const { edges, holiday_edges } = compileSchedule(one, holidays, zone, horizon);
        for (const list of [edges, holiday_edges]) {
          const finite = [...list].filter(Number.isFinite);
          expect(finite).toEqual([...new Set(finite)].sort((a, b) => a - b));
          expect(finite.every((edge) => edge >= horizon.from && edge < horizon.until)).toBe(true);
        }
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});

test('what a holiday closes is what would be open without it, no more and no less', () => {
  const zone = openZone('Europe/Berlin');
  const middle = Date.UTC(2026, 2, 29);
  const horizon = { from: middle - 3 * day, until: middle + 4 * day };
  const { shapes, holidays } = shapesAround('2026-03-29');
  let closed = 0;
  for (const [n, one] of shapes.entries()) {
    const times = compiledSchedule(compileSchedule(one, holidays, zone, horizon));
    const without = compiledSchedule(compileSchedule({ ...one, holidays: [] }, new Map(), zone, horizon));
    const wrong: string[] = [];
    for (let at = horizon.from; at < horizon.until; at += 5 * minute) {
      const shut = inside(without, at) && !inside(times, at);
      if (shut) closed += 1;
      if ((standingAt(times, at) === standings.holiday) !== shut) wrong.push(new Date(at).toISOString());
    }
    expect(wrong, `schedule ${n}`).toEqual([]);
  }
  expect(closed).toBeGreaterThan(100);
});

test('a schedule worked out later says the same of the time both cover', () => {
  const zone = openZone('America/New_York');
  const early = horizonAt(Date.UTC(2026, 2, 2));
  const late = horizonAt(Date.UTC(2026, 8, 2));
  fc.assert(
    fc.property(anySchedule, anyHolidays, (one, holidays) => {
      const [first, second] = [early, late].map((horizon) =>
        [...compileSchedule(one, holidays, zone, horizon).edges].filter(
          (edge) => edge > late.from && edge < early.until,
        ),
      );
      expect(first).toEqual(second);
    }),
    { seed: 10, numRuns: 20 },
  );
});
