import { type DoorRules, type DoorState, type DoorStep, emit, still } from './door-state.ts';
import type { LockOutcome } from './lock.ts';

export type Held = DoorState['lock'] & { wanted: 'held' };

/** A lock that keeps time by itself secures a door that stands unlocked this long after we are gone at the latest. */
const holdMs = 60_000;
const holdAgainMs = 30_000;
/** After a lock would not let the door stand unlocked, or has secured it. */
export const holdRetryMs = 10_000;
/** Whoever opened a door that stood unlocked may be heard of so much later. */
const passingMs = 1_000;

/** The door is to stand unlocked from now on (monotonic ms), or not any more: then the lock is secured at once. */
export function stand(rules: DoorRules, state: DoorState, unlocked: boolean, now: number): DoorStep {
  const { contact } = state;
  if (unlocked) {
    const lock = { wanted: 'held', due: null, request: 0, proved: false, failing: false } as const;
    const calm = contact.is === 'open' ? { ...contact, held_due: null, held: false, forced: false } : contact;
    return state.reachable
      ? hold({ ...state, contact: calm }, lock, now)
      : still({ ...state, contact: calm, lock });
  }
  const left = contact.is === 'open' ? { ...contact, held_due: now + rules.held_open_ms } : contact;
  return {
    state: { ...state, contact: left, lock: { wanted: 'secured' }, expected_until: now + passingMs },
    effects: [{ do: 'secure' }],
  };
}

/** Tells the lock of a door that stands unlocked, for the first time or again. */
export function hold(state: DoorState, lock: Held, now: number): DoorStep {
  const request = state.requests + 1;
  return {
    state: { ...state, requests: request, lock: { ...lock, request, due: now + holdAgainMs } },
    effects: [{ do: 'hold', ms: holdMs, request, cause: { by: 'mode' } }],
  };
}

/** What the lock made of it. The same failure again and again is told once. */
export function held(state: DoorState, lock: Held, outcome: LockOutcome, now: number): DoorStep {
  if (outcome.ok) {
    return {
      state: { ...state, lock: { ...lock, proved: true, failing: false }, unlocked: true },
      // One that was found released by a new life was told of by the one before.
      effects: state.unlocked !== false ? [] : [emit({ type: 'door.unlocked', data: { by: 'mode' } })],
    };
  }
  const { code, detail } = outcome;
  const due = state.reachable ? now + holdRetryMs : null;
  // That the board is out of reach is told of the lock.
  const silent = lock.failing || !state.reachable;
  return {
    state: { ...state, lock: { ...lock, due, proved: false, failing: lock.failing || state.reachable } },
    effects: silent ? [] : [emit({ type: 'door.unlock_failed', data: { by: 'mode', code, detail } })],
  };
}
