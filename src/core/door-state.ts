import type { DoorEvent, UnlockedBy } from './event.ts';
import type { LockOutcome } from './lock.ts';
import type { SiteDoor } from './site.ts';

/** Why a lock is released. `operator` names the key or user behind `by: 'operator'`. */
export interface Cause {
  by: UnlockedBy;
  operator?: string;
}

export type DoorRules = Pick<SiteDoor, 'strike_ms' | 'held_open_ms' | 'relock_on_open' | 'on_shutdown'>;

/** All times are monotonic milliseconds. */
export interface DoorState {
  /** What we want of the lock. `proved`: the read-back has shown this release. */
  lock:
    | { wanted: 'secured' }
    | { wanted: 'released'; until: number; request: number; proved: boolean }
    /** The door stands unlocked. `due`: when the lock is told again; null: once its board is there. `failing`: that was told. */
    | { wanted: 'held'; due: number | null; request: number; proved: boolean; failing: boolean };
  contact:
    | { is: 'unknown' }
    | { is: 'closed' }
    | { is: 'open'; since: number; held_due: number | null; held: boolean; forced: boolean };
  /** An opening before this moment follows a release, even if the lock is secured again by then. */
  expected_until: number;
  /** `door.unlocked` was told and `door.secured` not yet; null: what an earlier life told last is not known. */
  unlocked: boolean | null;
  /** Releases asked for so far: ties an outcome to its request. */
  requests: number;
  /** The lock's board is there. */
  reachable: boolean;
  stopped: boolean;
}

export type DoorInput =
  | { type: 'release'; cause: Cause }
  /** The door is to stand unlocked from now on, or not any more. */
  | { type: 'stand'; unlocked: boolean }
  | { type: 'exit_button'; pressed: boolean }
  | { type: 'contact'; open: boolean }
  /** Whatever tells of the contact is out of reach, the lock is not. */
  | { type: 'contact_lost' }
  /** How the release of this number ended. */
  | { type: 'outcome'; request: number; cause: Cause; outcome: LockOutcome }
  /** The read-back says secured. */
  | { type: 'secured' }
  | { type: 'found' }
  /** The lock's board is out of reach: nobody knows how the door stands. */
  | { type: 'lost' }
  | { type: 'timer' }
  | { type: 'stop' };

type News<E> = E extends { type: infer T; data: infer D } ? { type: T; data: D } : never;
/** An event of a door, before it has a time and a resource. */
export type DoorNews = News<Extract<DoorEvent, { type: `door.${string}` }>>;

/** `release` and `hold` come before any news, so that the lock moves first. */
export type DoorEffect =
  | { do: 'release' | 'hold'; ms: number; request: number; cause: Cause }
  | { do: 'secure' }
  | { do: 'emit'; news: DoorNews };

export interface DoorStep {
  state: DoorState;
  effects: DoorEffect[];
}

export const newDoor: DoorState = {
  lock: { wanted: 'secured' },
  contact: { is: 'unknown' },
  expected_until: Number.NEGATIVE_INFINITY,
  unlocked: null,
  requests: 0,
  reachable: false,
  stopped: false,
};

/** What of an open door is not as it should be. */
export const alarmsOf = ({ contact }: DoorState): { held_open: boolean; forced_open: boolean } => ({
  held_open: contact.is === 'open' && contact.held,
  forced_open: contact.is === 'open' && contact.forced,
});

/** Nothing follows. */
export const still = (state: DoorState): DoorStep => ({ state, effects: [] });
export const emit = (news: DoorNews): DoorEffect => ({ do: 'emit', news });
