import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DoorMode } from '../../src/core/timetable.ts';
import { instantOf, type Person, type WeekHouse, weekHouse } from './week-house.ts';

/**
 * A week of a site, minute by minute, over a clock change: both processes, the database, the Link, readers and relays on their wires. What
 * each door must do is worked out by Intl alone (test/scheduler/plain-timetable.ts).
 */
const second = 1_000;
const minute = 60 * second;
const day = 1_440 * minute;

interface Visit {
  at: number;
  who: Person;
  door: 'front' | 'back';
}

/** The first day of each is a Thursday, the holiday its Saturday, and on the Sunday the clock is put on or back. */
const weeks = [
  ['Europe/Berlin', '2026-03-26', '2026-03-28', '2026-04-01', '2026-03-30'],
  ['Europe/Berlin', '2026-10-22', '2026-10-24', '2026-10-27', '2026-10-26'],
  ['Australia/Lord_Howe', '2026-04-02', '2026-04-04', '2026-04-07', '2026-04-06'],
  ['Australia/Lord_Howe', '2026-10-01', '2026-10-03', '2026-10-06', '2026-10-05'],
] as const;

test.each(weeks)(
  '%s, the week from %s',
  async (zone, thursday, holiday, last, monday) => {
    const at = (date: string, time: string) => instantOf(zone, `${date}T${time}`);
    const begins = at(thursday, '00:00');
    const ends = begins + 7 * day;
    const guestUntil = at(last, '18:30');
    const house = await weekHouse(zone, { startsAt: begins - 60 * minute, until: ends, holiday, guestUntil });

    const visit = (instant: number, who: Person, door: 'front' | 'back' = 'front'): Visit => ({
      at: instant,
      who,
      door,
    });
    const fixed = [
      visit(at(thursday, '07:59') + 59 * second, 'ben'),
      visit(at(thursday, '08:00') + 5 * second, 'ben'),
      visit(at(thursday, '16:59') + 30 * second, 'ada'),
      visit(at(thursday, '17:59') + 59 * second, 'ben', 'back'),
      visit(at(thursday, '18:01'), 'ben', 'back'),
      visit(at(thursday, '22:00'), 'ada'),
      visit(at(thursday, '23:00'), 'guest'),
      visit(at(holiday, '12:00') + second, 'ben', 'back'),
      visit(at(holiday, '12:00') + 20 * second, 'ada'),
      visit(guestUntil - second, 'guest', 'back'),
      visit(guestUntil, 'guest', 'back'),
    ];
    // On Monday nobody comes within the time of the first person, and the door stays locked.
    const quiet = (instant: number) => instant >= at(monday, '07:00') && instant < at(monday, '11:00');
    const chance = fc
      .sample(
        fc.record({
          at: fc.integer({ min: 1, max: 7 * 1_440 - 2 }).map((n) => begins + n * minute + 30 * second),
          who: fc.constantFrom('ada' as const, 'ben' as const, 'guest' as const),
          door: fc.constantFrom('front' as const, 'front' as const, 'back' as const),
        }),
        { numRuns: 60, seed: begins / day },
      )
      .filter((one) => !quiet(one.at));
    const visits = [...fixed, ...chance]
      .sort((a, b) => a.at - b.at)
      .filter((one, i, all) => i === 0 || one.at - (all[i - 1]?.at ?? 0) >= second);

    const told = await lived(house, begins, ends, visits);
    expect(new Set(told.modes.map(({ mode }) => mode)).size).toBe(4);
    expect(told.modes.length).toBeGreaterThan(20);
    expect(new Set(told.reasons)).toEqual(
      new Set(['granted', 'outside_schedule', 'holiday', 'expired', 'door_disabled', 'second_factor_needed']),
    );
  },
  60_000,
);

/** Lives through it, and holds every minute, every relay and all of the feed against what docs/time.md says. */
async function lived(
  { at, ...house }: WeekHouse,
  begins: number,
  ends: number,
  visits: readonly Visit[],
): Promise<{ modes: { mode: DoorMode; at: number }[]; reasons: string[] }> {
  const { clock } = at;
  const passes = async (until: number): Promise<void> => {
    if (until > clock.wall()) await at.leap(until - clock.wall());
  };
  await passes(begins - second);
  const since = { locks: at.locks.length, feed: (await at.feed()).length };
  const grants: number[] = [];
  const modes: { mode: DoorMode; at: number }[] = [];
  const reasons: string[] = [];
  const moves: { lock: string; state: string; at: number }[] = [];
  let mode = house.expectedMode(begins - second, grants);

  /** Follows the door to an instant, if that is still to come. */
  const stands = async (instant: number): Promise<void> => {
    if (instant < clock.wall()) return;
    await passes(instant);
    const before = mode;
    mode = house.expectedMode(instant, grants);
    expect(house.front().mode, new Date(instant).toISOString()).toBe(mode);
    if (mode === before) return;
    modes.push({ mode, at: instant });
    if ((mode === 'unlocked') !== (before === 'unlocked')) {
      moves.push({ lock: 'front', state: mode === 'unlocked' ? 'released' : 'secured', at: instant });
    }
    await at.run(20);
  };
  const comes = async ({ at: instant, who, door }: Visit): Promise<void> => {
    await stands(instant);
    const standing = door === 'front' ? mode : 'normal';
    const reason = house.expectedReason(who, instant, standing);
    reasons.push(reason);
    const entered = reason === 'granted';
    const wasOpen = standing === 'unlocked';
    const first = clock.wall();
    await house.visit(who, door);
    if (!entered) return;
    if (door === 'front') grants.push(instant);
    const opened = door === 'front' && !wasOpen && house.expectedMode(instant, grants) === 'unlocked';
    if (!wasOpen) moves.push({ lock: door, state: 'released', at: first });
    if (!wasOpen && !opened) moves.push({ lock: door, state: 'secured', at: first + 800 });
    if (!opened) return;
    mode = 'unlocked';
    modes.push({ mode, at: instant });
  };

  let next = 0;
  for (let instant = begins; instant < ends; instant += minute) {
    for (; (visits[next]?.at ?? ends) < instant; next++) {
      const visit = visits[next];
      if (visit !== undefined) await comes(visit);
    }
    await stands(instant - 1);
    expect(house.front().lock).toBe(mode === 'unlocked' ? 'released' : 'secured');
    clock.advance(Math.max(0, instant - clock.wall()));
    await stands(instant);
  }
  await at.run(second);

  const near = (found: { at: number }[], expected: { at: number }[], ms: number) =>
    expected.filter((one, i) => !(Math.abs(one.at - (found[i]?.at ?? 0)) <= ms));
  const offset = clock.wall() - clock.mono();
  const deeds = at.locks.slice(since.locks).map((deed) => ({ ...deed, at: deed.at + offset }));
  for (const kind of ['lock_moved', 'lock_written'] as const) {
    const found = deeds.filter(({ event }) => event === kind);
    expect(found.map(({ lock, state }) => ({ lock, state }))).toEqual(
      moves.map(({ lock, state }) => ({ lock, state })),
    );
    expect(near(found, moves, 150)).toEqual([]);
  }
  const feed = (await at.feed()).slice(since.feed);
  const changes = feed.filter(({ type }) => type === 'door.mode_changed');
  expect(changes.map(({ data }) => data['mode'])).toEqual(modes.map((one) => one.mode));
  const times = changes.map((entry) => ({ at: Date.parse(entry.time) }));
  expect(near(times, modes, 150)).toEqual([]);
  const answers = feed.filter(({ type }) => type.startsWith('access.'));
  expect(answers.map(({ data }) => data['reason'])).toEqual(reasons);
  expect(new Set(feed.map(({ type }) => type))).toEqual(
    new Set(['access.granted', 'access.refused', 'door.mode_changed', 'door.unlocked', 'door.secured']),
  );
  expect(at.lives).toBe(1);
  return { modes, reasons };
}
