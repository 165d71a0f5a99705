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
  lock: { wanted: 'secured' } | { wanted: 'released'; until: number; request: number; proved: boolean };
  contact:
    | { is: 'unknown' }
    | { is: 'closed' }
    | { is: 'open'; since: number; held_due: number | null; held: boolean; forced: boolean };
  /** An opening before this moment follows a release, even if the lock is secured again by then. */
  expected_until: number;
  /** `door.unlocked` was told and `door.secured` not yet. */
  unlocked: boolean;
  /** Releases asked for so far: ties an outcome to its request. */
  requests: number;
  stopped: boolean;
}

export type DoorInput =
  | { type: 'release'; cause: Cause }
  | { type: 'exit_button'; pressed: boolean }
  | { type: 'contact'; open: boolean }
  /** How the release of this number ended. */
  | { type: 'outcome'; request: number; cause: Cause; outcome: LockOutcome }
  /** The read-back says secured. */
  | { type: 'secured' }
  /** The lock's board is out of reach: nobody knows how the door stands. */
  | { type: 'lost' }
  | { type: 'timer' }
  | { type: 'stop' };

type News<E> = E extends { type: infer T; data: infer D } ? { type: T; data: D } : never;
/** An event of a door, before it has a time and a resource. */
export type DoorNews = News<Extract<DoorEvent, { type: `door.${string}` }>>;

/** `release` comes before any news, so that the lock moves first. */
export type DoorEffect =
  | { do: 'release'; ms: number; request: number; cause: Cause }
  | { do: 'secure' }
  | { do: 'emit'; news: DoorNews };

export interface DoorStep {
  state: DoorState;
  effects: DoorEffect[];
}

/** The longest strike a lock takes: stands for "without end" at shutdown. */
export const longestStrikeMs = 600_000;

export const newDoor: DoorState = {
  lock: { wanted: 'secured' },
  contact: { is: 'unknown' },
  expected_until: Number.NEGATIVE_INFINITY,
  unlocked: false,
  requests: 0,
  stopped: false,
};

/** When the door wants a `timer`; null: not at all. */
export function doorDue(state: DoorState): number | null {
  if (state.stopped) return null;
  const strike = state.lock.wanted === 'released' ? state.lock.until : null;
  const held = state.contact.is === 'open' ? state.contact.held_due : null;
  if (strike === null || held === null) return strike ?? held;
  return Math.min(strike, held);
}

/** One door: strike, contact, exit button. `now` is monotonic. After `stop` only what is still on its way is heard. */
export function stepDoor(rules: DoorRules, state: DoorState, input: DoorInput, now: number): DoorStep {
  switch (input.type) {
    case 'outcome':
      return outcome(state, input, now);
    case 'secured':
      return secured(state);
    case 'release':
      return state.stopped ? still(state) : release(rules, state, input.cause, now);
    case 'exit_button': {
      if (state.stopped || !input.pressed) return still(state);
      const next = release(rules, state, { by: 'exit_button' }, now);
      return {
        state: next.state,
        effects: [...next.effects, emit({ type: 'door.exit_requested', data: {} })],
      };
    }
    case 'contact':
      if (state.stopped) return still(state);
      return input.open ? opened(rules, state, now) : closed(state);
    case 'lost':
      if (state.contact.is !== 'open') return still(state);
      return still({ ...state, contact: { ...state.contact, held_due: null } });
    case 'timer':
      return state.stopped ? still(state) : timer(state, now);
    case 'stop':
      return state.stopped ? still(state) : stop(rules, state);
  }
}

const still = (state: DoorState): DoorStep => ({ state, effects: [] });
const emit = (news: DoorNews): DoorEffect => ({ do: 'emit', news });

function release(rules: DoorRules, state: DoorState, cause: Cause, now: number): DoorStep {
  const request = state.requests + 1;
  const until = now + rules.strike_ms;
  return {
    state: {
      ...state,
      lock: { wanted: 'released', until, request, proved: false },
      expected_until: until,
      requests: request,
    },
    effects: [{ do: 'release', ms: rules.strike_ms, request, cause }],
  };
}

function outcome(state: DoorState, input: DoorInput & { type: 'outcome' }, now: number): DoorStep {
  const { cause, outcome } = input;
  const current = state.lock.wanted === 'released' && state.lock.request === input.request;
  if (outcome.ok) {
    const lock = current ? { ...state.lock, proved: true } : state.lock;
    return {
      state: { ...state, lock, unlocked: true },
      effects: [emit({ type: 'door.unlocked', data: { ...cause } })],
    };
  }
  const failed = emit({
    type: 'door.unlock_failed',
    data: { by: cause.by, code: outcome.code, detail: outcome.detail },
  });
  if (!current || state.stopped) return { state, effects: [failed] };
  // A result nobody knows may have released the lock: an opening now is no break-in, but the lock is secured all the same.
  const never = outcome.code === 'lock_offline' || outcome.code === 'lock_refused';
  return {
    state: {
      ...state,
      lock: { wanted: 'secured' },
      expected_until: never && !state.unlocked ? now : state.expected_until,
    },
    effects: [{ do: 'secure' }, failed],
  };
}

function secured(state: DoorState): DoorStep {
  // Before a release is proved this is news of the time before it; afterwards the board's own timer has let go.
  if (state.lock.wanted === 'released' && !state.lock.proved) return still(state);
  const next: DoorState = { ...state, lock: { wanted: 'secured' }, unlocked: false };
  return { state: next, effects: state.unlocked ? [emit({ type: 'door.secured', data: {} })] : [] };
}

function opened(rules: DoorRules, state: DoorState, now: number): DoorStep {
  const { contact } = state;
  const held_due = now + rules.held_open_ms;
  if (contact.is === 'open') {
    if (contact.held || contact.held_due !== null) return still(state);
    return still({ ...state, contact: { ...contact, held_due } });
  }
  const wanted = state.lock.wanted === 'released';
  // A door that stands open when first seen was opened before our time.
  const forced = contact.is === 'closed' && !wanted && now >= state.expected_until;
  const effects: DoorEffect[] = [emit({ type: 'door.opened', data: {} })];
  if (forced) effects.push(emit({ type: 'door.forced_open', data: {} }));
  const relock = wanted && rules.relock_on_open;
  if (relock) effects.unshift({ do: 'secure' });
  return {
    state: {
      ...state,
      contact: { is: 'open', since: now, held_due, held: false, forced },
      lock: relock ? { wanted: 'secured' } : state.lock,
    },
    effects,
  };
}

function closed(state: DoorState): DoorStep {
  const effects = state.contact.is === 'open' ? [emit({ type: 'door.closed', data: {} })] : [];
  return { state: { ...state, contact: { is: 'closed' } }, effects };
}

function timer(state: DoorState, now: number): DoorStep {
  let { lock, contact } = state;
  const effects: DoorEffect[] = [];
  if (lock.wanted === 'released' && now >= lock.until) {
    lock = { wanted: 'secured' };
    effects.push({ do: 'secure' });
  }
  if (contact.is === 'open' && contact.held_due !== null && now >= contact.held_due) {
    effects.push(emit({ type: 'door.held_open', data: { held_ms: now - contact.since } }));
    contact = { ...contact, held_due: null, held: true };
  }
  return { state: { ...state, lock, contact }, effects };
}

function stop(rules: DoorRules, state: DoorState): DoorStep {
  if (rules.on_shutdown === 'locked') {
    return {
      state: { ...state, lock: { wanted: 'secured' }, stopped: true },
      effects: [{ do: 'secure' }],
    };
  }
  const request = state.requests + 1;
  return {
    state: {
      ...state,
      lock: { wanted: 'released', until: Number.POSITIVE_INFINITY, request, proved: false },
      requests: request,
      stopped: true,
    },
    effects: [{ do: 'release', ms: longestStrikeMs, request, cause: { by: 'shutdown' } }],
  };
}
