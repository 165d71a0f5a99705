import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DoorModeInput,
  type DoorModeState,
  doorModeDue,
  type ModeChange,
  type ModeSituation,
  modeWaitsFor,
  newDoorMode,
  resumeDoorMode,
  stepDoorMode,
} from '../../src/core/door-mode.ts';
import { type DoorMode, doorModes, type Timetable } from '../../src/core/timetable.ts';
import { moreOpen, plainPeriod, someTimetable } from '../support/timetables.ts';

/** Disabled 10-20, unlocked 20-30, unlocked 30-40 once somebody has come in 25-35, card and PIN 40-50. */
const week: Timetable = {
  from: 0,
  until: 100,
  periods: [
    { from: 10, until: 20, mode: 'disabled', arrival: null },
    { from: 20, until: 30, mode: 'unlocked', arrival: null },
    { from: 30, until: 40, mode: 'unlocked', arrival: { from: 25, until: 35 } },
    { from: 40, until: 50, mode: 'card_and_pin', arrival: null },
  ],
};
const look: DoorModeInput = { type: 'look', why: 'timetable' };
const clockLook: DoorModeInput = { type: 'look', why: 'clock' };
const arrived: DoorModeInput = { type: 'arrived' };
const override = (mode: DoorMode, until: number | null = null): DoorModeInput => ({
  type: 'override',
  override: { mode, until },
  operator: 'portal',
});
const release: DoorModeInput = { type: 'override', override: null, operator: 'portal' };
const at = (wall: number, trusted = true): ModeSituation => ({
  wall,
  trusted,
  timetable: week,
  restricted: false,
});
const armed = (wall: number, trusted = true): ModeSituation => ({ ...at(wall, trusted), restricted: true });
const doubted = (wall: number) => at(wall, false);
const fresh = () => resumeDoorMode(newDoorMode);

function run(rows: readonly [ModeSituation, DoorModeInput, DoorMode][], from = fresh()): DoorModeState {
  return rows.reduce((state, [situation, input, mode], row) => {
    const next = stepDoorMode(state, input, situation).state;
    expect(next.now, `row ${row + 1}: ${JSON.stringify(input)} at ${situation.wall}`).toBe(mode);
    return next;
  }, from);
}
/** What outlives a restart, as JSON keeps it. */
const restarted = ({ sure: _, ...kept }: DoorModeState) => resumeDoorMode(JSON.parse(JSON.stringify(kept)));

describe('with a trusted clock the mode is what the timetable says now', () => {
  test('from one edge to the next', () => {
    run([
      [at(5), look, 'normal'],
      [at(10), look, 'disabled'],
      [at(20), look, 'unlocked'],
      [at(40), look, 'card_and_pin'],
      [at(50), look, 'normal'],
      [at(100), look, 'normal'],
    ]);
  });

  test('after a step of the clock either way, with nothing of what lay between', () => {
    run([
      [at(5), look, 'normal'],
      [at(45), clockLook, 'card_and_pin'],
      [at(15), clockLook, 'disabled'],
      [at(70), clockLook, 'normal'],
    ]);
  });
});

test('a time that the timetable does not reach opens nothing, and shuts what stood unlocked', () => {
  run([
    [at(10), look, 'disabled'],
    [at(-5), look, 'disabled'],
    [at(5), look, 'normal'],
    [at(45), look, 'card_and_pin'],
    [at(100), look, 'card_and_pin'],
    [at(25), look, 'unlocked'],
    [at(1_000), look, 'normal'],
  ]);
});

describe('with a clock in doubt', () => {
  test('the stricter comes at once, the more open waits until the clock is trusted', () => {
    const state = run([
      [at(5), look, 'normal'],
      [doubted(15), clockLook, 'disabled'],
      [doubted(25), clockLook, 'disabled'],
    ]);
    expect(modeWaitsFor(state, doubted(25))).toBe('trusted_clock');
    run([[at(25), clockLook, 'unlocked']], state);
  });

  test('a door that stands unlocked goes on while the timetable says so, and not back to it', () => {
    run([
      [at(22), look, 'unlocked'],
      [doubted(28), clockLook, 'unlocked'],
      [doubted(55), clockLook, 'normal'],
      [doubted(28), clockLook, 'normal'],
    ]);
  });

  test('a restart opens nothing: not what stood unlocked, nor what was disabled', () => {
    const open = run([[at(22), look, 'unlocked']]);
    run([[doubted(22), look, 'normal']], restarted(open));
    const shut = run([[at(15), look, 'disabled']]);
    run(
      [
        [doubted(5), look, 'disabled'],
        [doubted(22), look, 'disabled'],
        [at(22), clockLook, 'unlocked'],
      ],
      restarted(shut),
    );
  });

  test('a door whose timetable is taken away is normal: that takes no clock', () => {
    const state = run([[at(15), look, 'disabled']]);
    run([[{ ...doubted(15), timetable: null }, look, 'normal']], state);
  });
});

describe('an operator', () => {
  test('overrides the timetable until then, or until released; then the timetable of that moment holds', () => {
    run([
      [at(12), override('unlocked', 18), 'unlocked'],
      [at(17), look, 'unlocked'],
      [at(18), look, 'disabled'],
      [at(19), override('normal'), 'normal'],
      [at(45), look, 'normal'],
      [at(46), release, 'card_and_pin'],
    ]);
  });

  test('is obeyed by a clock in doubt, and a release is not the clock that opens', () => {
    run([
      [doubted(5), override('unlocked'), 'unlocked'],
      [doubted(22), look, 'unlocked'],
      [doubted(22), release, 'normal'],
      [at(22), clockLook, 'unlocked'],
    ]);
  });

  test('is kept over a restart', () => {
    run([[at(15), look, 'unlocked']], restarted(run([[at(12), override('unlocked'), 'unlocked']])));
    run([[doubted(15), look, 'unlocked']], restarted(run([[at(12), override('unlocked'), 'unlocked']])));
  });

  test('who opened until then has opened nothing if nobody knows what time it is after a restart', () => {
    const before = run([[at(5), override('unlocked', 8), 'unlocked']]);
    const state = run([[doubted(6), look, 'normal']], restarted(before));
    expect(modeWaitsFor(state, doubted(6))).toBe('trusted_clock');
    run([[at(7), clockLook, 'unlocked']], state);
    run([[at(9), clockLook, 'normal']], state);
  });

  test('who closed until then has closed until a trusted clock says that it is over', () => {
    run([
      [at(5), override('disabled', 8), 'disabled'],
      [doubted(60), clockLook, 'disabled'],
      [at(7), clockLook, 'disabled'],
      [at(8), look, 'normal'],
    ]);
    run([
      [at(5), override('unlocked', 8), 'unlocked'],
      [doubted(60), clockLook, 'normal'],
      [at(7), clockLook, 'normal'],
    ]);
  });
});

describe('first person in', () => {
  test('the door is unlocked once somebody has come within the window, perhaps before the period', () => {
    run([
      [at(26), arrived, 'unlocked'],
      [at(30), look, 'unlocked'],
      [at(40), look, 'card_and_pin'],
    ]);
    const state = run([[at(30), look, 'normal']]);
    expect(modeWaitsFor(state, at(30))).toBe('first_person');
    run([[at(34), arrived, 'unlocked']], state);
  });

  test('who comes before or after it has not come; nobody is waited for then', () => {
    const state = run([
      [at(24), arrived, 'unlocked'],
      [at(30), look, 'normal'],
      [at(35), arrived, 'normal'],
    ]);
    expect(modeWaitsFor(state, at(35))).toBeNull();
  });

  test('is remembered over a restart and a step back and forth, and not for another day', () => {
    const state = run([[at(31), arrived, 'unlocked']]);
    run([[at(33), look, 'unlocked']], restarted(state));
    run(
      [
        [at(22), clockLook, 'unlocked'],
        [at(30), clockLook, 'normal'],
        [at(33), clockLook, 'unlocked'],
      ],
      state,
    );
    const next = week.periods.map((period) => ({
      ...period,
      from: period.from + 1_000,
      until: period.until + 1_000,
      arrival: period.arrival && { from: period.arrival.from + 1_000, until: period.arrival.until + 1_000 },
    }));
    const tomorrow = { ...at(1_031), timetable: { from: 0, until: 2_000, periods: next } };
    run([[tomorrow, look, 'normal']], state);
  });

  test('is remembered when the clock was put on for a while and somebody came then', () => {
    const later = { from: 60, until: 80, mode: 'unlocked', arrival: { from: 60, until: 80 } } as const;
    const timetable = { ...week, periods: [...week.periods, later] };
    const then = (wall: number) => ({ ...at(wall), timetable });
    run([
      [then(31), arrived, 'unlocked'],
      [then(65), arrived, 'unlocked'],
      [then(33), clockLook, 'unlocked'],
    ]);
  });

  test('who comes by a clock in doubt has not come', () => {
    run([
      [doubted(31), arrived, 'normal'],
      [at(31), clockLook, 'normal'],
    ]);
  });
});

describe('while its partition is armed', () => {
  const partition: DoorModeInput = { type: 'look', why: 'partition' };

  test('it does not stand unlocked, whoever wants it; what is stricter stays', () => {
    run([
      [at(22), look, 'unlocked'],
      [armed(23), partition, 'normal'],
      [armed(35), arrived, 'normal'],
      [armed(36), override('unlocked'), 'normal'],
      [armed(36), override('disabled'), 'disabled'],
      [armed(36), release, 'normal'],
      [armed(45), look, 'card_and_pin'],
    ]);
  });

  test('disarmed, it stands as the present says, not as it stood', () => {
    const open = run([[at(22), look, 'unlocked']]);
    const rows = (wall: number, mode: DoorMode): [ModeSituation, DoorModeInput, DoorMode][] => [
      [armed(23), partition, 'normal'],
      [at(wall), partition, mode],
    ];
    run(rows(25, 'unlocked'), open);
    run(rows(32, 'normal'), open);
    run(rows(15, 'disabled'), open);
    run(rows(60, 'normal'), open);
    run([[armed(23), override('unlocked', 70), 'normal'], ...rows(60, 'unlocked')], open);
    run([[armed(23), override('unlocked', 50), 'normal'], ...rows(60, 'normal')], open);
  });

  test('what it waits for is said, and told with the partition as the cause', () => {
    const open = run([[at(22), look, 'unlocked']]);
    const shut = stepDoorMode(open, partition, armed(23));
    expect(shut.told).toEqual({ mode: 'normal', by: 'partition', until: null });
    expect(modeWaitsFor(shut.state, armed(23))).toBe('disarm');
    const again = stepDoorMode(shut.state, partition, at(24));
    expect(again.told).toEqual({ mode: 'unlocked', by: 'partition', until: 30 });
    expect(modeWaitsFor(again.state, at(24))).toBeNull();
    expect(stepDoorMode(fresh(), partition, armed(5)).told).toBeNull();
    expect(modeWaitsFor(fresh(), armed(5))).toBeNull();
  });
});

describe('what is told', () => {
  const told = (state: DoorModeState, input: DoorModeInput, situation: ModeSituation): ModeChange | null =>
    stepDoorMode(state, input, situation).told;

  test('a change, by whom or what, and until when as far as that is known', () => {
    expect(told(fresh(), look, at(15))).toEqual({ mode: 'disabled', by: 'timetable', until: 20 });
    expect(told(fresh(), clockLook, at(15))).toEqual({ mode: 'disabled', by: 'clock', until: 20 });
    expect(told(fresh(), arrived, at(31))).toEqual({ mode: 'unlocked', by: 'first_person', until: 40 });
    const shut = run([[at(45), look, 'card_and_pin']]);
    expect(told(shut, look, at(50))).toEqual({ mode: 'normal', by: 'timetable', until: null });
    const by = { by: 'operator', operator: 'portal' };
    expect(told(fresh(), override('disabled', 8), at(5))).toEqual({ mode: 'disabled', ...by, until: 8 });
    const open = run([[at(15), override('unlocked'), 'unlocked']]);
    expect(told(open, release, at(15))).toEqual({ mode: 'disabled', ...by, until: 20 });
  });

  test('an override is told even if it changes nothing; a restart and a look that changes nothing are not', () => {
    expect(told(fresh(), override('normal'), at(5))).toMatchObject({ mode: 'normal', by: 'operator' });
    expect(told(fresh(), release, at(5))).toBeNull();
    const state = run([[at(22), look, 'unlocked']]);
    expect(told(state, look, at(23))).toBeNull();
    expect(told(restarted(state), look, at(23))).toBeNull();
    expect(stepDoorMode(state, look, at(23)).keep).toBe(false);
  });
});

test('it is looked at again at the next edge and at the end of an override, never if there is neither', () => {
  expect(doorModeDue({ override: null }, at(5))).toBe(10);
  expect(doorModeDue({ override: { mode: 'normal', until: 7 } }, at(5))).toBe(7);
  expect(doorModeDue({ override: { mode: 'normal', until: 7 } }, at(8))).toBe(10);
  expect(doorModeDue({ override: null }, { wall: 5, timetable: null })).toBeNull();
  expect(doorModeDue({ override: { mode: 'normal', until: 7 } }, { wall: 5, timetable: null })).toBe(7);
  expect(doorModeDue({ override: { mode: 'normal', until: 7 } }, { wall: 7, timetable: null })).toBeNull();
  expect(doorModeDue({ override: null }, at(100))).toBeNull();
});

describe('through any steps of the clock, restarts, overrides, grants and timetables', () => {
  const instant = fc.integer({ min: 0, max: 60 });
  const deed = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('step' as const), to: instant, trusted: fc.boolean() }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(10) }) },
    { weight: 2, arbitrary: fc.constant({ do: 'restart' as const }) },
    { weight: 3, arbitrary: fc.constant({ do: 'grant' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('arm' as const), armed: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('override' as const),
        mode: fc.option(fc.constantFrom(...doorModes)),
        until: fc.option(instant),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('timetable' as const), timetable: someTimetable }) },
  );

  /** What the timetable says now, were the clock right: a period that waits for somebody is normal until somebody has come. */
  function says(timetable: Timetable, wall: number, grants: readonly number[]): DoorMode {
    const period = plainPeriod(timetable, wall);
    if (period === null) return 'normal';
    const { arrival } = period;
    const come = grants.some(
      (grant) => arrival !== null && grant >= arrival.from && grant < arrival.until && grant <= wall,
    );
    return arrival === null || come ? period.mode : 'normal';
  }

  test('with a trusted clock it is what the present alone says; else never more open than that, nor than it was', () => {
    fc.assert(
      fc.property(someTimetable, fc.array(deed, { maxLength: 30 }), (first, deeds) => {
        let timetable = first;
        let wall = 0;
        let trusted = true;
        let restricted = false;
        let state = fresh();
        let grants: number[] = [];
        let wanted: { mode: DoorMode; until: number | null } | null = null;
        const step = (input: DoorModeInput): void => {
          state = stepDoorMode(state, input, { wall, trusted, timetable, restricted }).state;
          if (trusted && wanted?.until != null && wall >= wanted.until) wanted = null;
        };
        step(look);
        for (const each of deeds) {
          const { now: before, allowed } = state;
          switch (each.do) {
            case 'step':
              ({ to: wall, trusted } = each);
              step(clockLook);
              break;
            case 'pass':
              wall += each.ms;
              step(look);
              break;
            case 'restart':
              state = restarted(state);
              step(look);
              break;
            case 'grant':
              if (trusted) grants = [...grants, wall];
              step(arrived);
              break;
            case 'arm':
              restricted = each.armed;
              step({ type: 'look', why: 'partition' });
              break;
            case 'override': {
              const { mode, until } = each;
              wanted = mode === null ? null : { mode, until };
              step({ type: 'override', override: wanted, operator: 'portal' });
              break;
            }
            case 'timetable':
              // An arrival counts for the windows there were: another timetable may know of other ones.
              grants = [...state.arrived];
              timetable = each.timetable;
              step(look);
              break;
          }
          const inPeace = (mode: DoorMode): DoorMode => (restricted && mode === 'unlocked' ? 'normal' : mode);
          const now = inPeace(says(timetable, wall, grants));
          if (restricted) expect(state.now).not.toBe('unlocked');
          if (state.override === null) {
            const reached = wall >= timetable.from && wall < timetable.until;
            if (trusted && reached) expect(state.now).toBe(now);
            if (!reached) expect(moreOpen(state.allowed, allowed)).toBe(false);
            expect(moreOpen(state.now, now)).toBe(false);
          } else if (trusted) {
            expect(state.override).toEqual(wanted);
            expect(state.now).toBe(inPeace(state.override.mode));
          }
          if (!trusted && each.do !== 'override' && each.do !== 'arm')
            expect(moreOpen(state.now, before)).toBe(false);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
