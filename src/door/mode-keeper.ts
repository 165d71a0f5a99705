import type { Cancel, Clock } from '../core/clock.ts';
import {
  type DoorModeInput,
  doorModeDue,
  type ModeChange,
  type ModeOverride,
  type ModeSituation,
  modeWaitsFor,
  newDoorMode,
  resumeDoorMode,
  stepDoorMode,
  timetableMode,
} from '../core/door-mode.ts';
import type { DoorStatus } from '../core/status.ts';
import type { DoorMode, Timetable } from '../core/timetable.ts';
import type { TrustedClock } from '../core/trusted-time.ts';
import type { Journal } from './journal.ts';

/** How one door stands: what its timetable, an operator and whoever has come make of it. */
export interface ModeKeeper {
  now(): DoorMode;
  /** What the timetable says at an instant (wall milliseconds), were somebody there. */
  at(instant: number): DoorMode;
  /** The wall clock has stepped, or is trusted anew; the partition was armed or disarmed; or perhaps another timetable has come. */
  look(why: 'timetable' | 'clock' | 'partition'): void;
  /** Somebody was granted here. */
  arrived(): void;
  /** Null releases the override. In force in this call; resolves true when it is durable, false when that takes too long. */
  override(override: ModeOverride | null, operator: string): Promise<boolean>;
  status(): DoorStatus['mode'];
  close(): void;
}

export interface ModeKeeperParts {
  doorId: string;
  clock: Clock;
  trustedClock: Pick<TrustedClock, 'trusted'>;
  journal: Pick<Journal, 'keepDoorMode' | 'doorMode'>;
  /** Null: the door has none. */
  timetable(): Timetable | null;
  /** The partition behind the door is armed, or counts as armed. */
  restricted(): boolean;
  /** In how many milliseconds it will be, though nothing is heard; null: not by time alone. */
  restrictedIn(): number | null;
  /** Brings the lock to stand so. Called before anything is told. */
  stand(unlocked: boolean): void;
  tell(change: ModeChange): void;
}

const durableMs = 1_000;
/** The wall clock may be made to run faster or slower for hours without a step: an edge is not waited for by another clock for longer. */
const lookMs = 60_000;
const never = Number.POSITIVE_INFINITY;

/** Goes on from what the journal has kept. The door stands as an earlier life left it, until the first look. */
export function modeKeeper(parts: ModeKeeperParts): ModeKeeper {
  const { doorId, clock, journal } = parts;
  let state = resumeDoorMode(journal.doorMode(doorId) ?? newDoorMode);
  let seen: Timetable | null | undefined;
  let timer: Cancel = () => {};

  const situation = (): ModeSituation => ({
    wall: clock.wall(),
    trusted: parts.trustedClock.trusted(),
    timetable: parts.timetable(),
    restricted: parts.restricted(),
  });

  function step(input: DoorModeInput): Promise<boolean> {
    const now = situation();
    seen = now.timetable;
    const next = stepDoorMode(state, input, now);
    state = next.state;
    parts.stand(state.now === 'unlocked');
    if (next.told !== null) parts.tell(next.told);
    timer();
    const due = doorModeDue(state, now);
    const edge = due === null ? never : Math.min(Math.max(1, due - now.wall), lookMs);
    const wait = Math.min(edge, parts.restrictedIn() ?? never);
    timer = wait === never ? () => {} : clock.after(wait, () => look('timetable'));
    if (!next.keep) return Promise.resolve(true);
    const { override, arrived, allowed, now: mode } = state;
    return journal.keepDoorMode(doorId, { override, arrived, allowed, now: mode }, durableMs);
  }
  const look = (why: 'timetable' | 'clock' | 'partition'): void => void step({ type: 'look', why });

  return {
    now: () => state.now,
    at: (wall) => timetableMode({ wall, timetable: parts.timetable() }),
    look(why) {
      if (why !== 'timetable' || parts.timetable() !== seen) look(why);
    },
    arrived: () => void step({ type: 'arrived' }),
    override: (override, operator) => step({ type: 'override', override, operator }),
    status() {
      const now = situation();
      return {
        now: state.now,
        timetable: timetableMode(now),
        override: state.override,
        waits_for: modeWaitsFor(state, now),
      };
    },
    close: () => timer(),
  };
}
