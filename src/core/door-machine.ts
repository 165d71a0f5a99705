import { held, hold, holdRetryMs, stand } from './door-hold.ts';
import {
  type Cause,
  type DoorEffect,
  type DoorInput,
  type DoorRules,
  type DoorState,
  type DoorStep,
  emit,
  still,
} from './door-state.ts';

/** The longest strike a lock takes: stands for "without end" at shutdown. */
export const longestStrikeMs = 600_000;
/** When the door wants a `timer`; null: not at all. */
export function doorDue(state: DoorState): number | null {
  if (state.stopped) return null;
  const strike = lockDue(state.lock);
  const held = state.contact.is === 'open' ? state.contact.held_due : null;
  if (strike === null || held === null) return strike ?? held;
  return Math.min(strike, held);
}

function lockDue(lock: DoorState['lock']): number | null {
  switch (lock.wanted) {
    case 'secured':
      return null;
    case 'released':
      return lock.until;
    case 'held':
      return lock.due;
  }
}

/** One door: strike, contact, exit button. `now` is monotonic. After `stop` only what is still on its way is heard. */
export function stepDoor(rules: DoorRules, state: DoorState, input: DoorInput, now: number): DoorStep {
  switch (input.type) {
    case 'outcome':
      return outcome(state, input, now);
    case 'secured':
      return secured(state, now);
    case 'stand':
      return state.stopped || input.unlocked === (state.lock.wanted === 'held')
        ? still(state)
        : stand(rules, state, input.unlocked, now);
    case 'found': {
      const found = { ...state, reachable: true };
      return found.lock.wanted === 'held' && !state.stopped ? hold(found, found.lock, now) : still(found);
    }
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
      return still(lost(state));
    case 'contact_lost':
      return still({ ...state, contact: unwatched(state.contact) });
    case 'timer':
      return state.stopped ? still(state) : timer(state, now);
    case 'stop':
      return state.stopped ? still(state) : stop(rules, state);
  }
}

function release(rules: DoorRules, state: DoorState, cause: Cause, now: number): DoorStep {
  const { lock } = state;
  if (lock.wanted === 'held') return lock.proved ? still(state) : hold(state, lock, now);
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
  const current = state.lock.wanted !== 'secured' && state.lock.request === input.request;
  if (cause.by === 'mode')
    return current && state.lock.wanted === 'held' ? held(state, state.lock, outcome, now) : still(state);
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
      expected_until: never && state.unlocked !== true ? now : state.expected_until,
    },
    effects: [{ do: 'secure' }, failed],
  };
}

function secured(state: DoorState, now: number): DoorStep {
  const { lock } = state;
  // Before a release is proved this is news of the time before it; afterwards the board's own timer has let go.
  if (lock.wanted !== 'secured' && !lock.proved)
    return still({ ...state, unlocked: state.unlocked ?? false });
  const next: DoorState = {
    ...state,
    lock: lock.wanted === 'held' ? { ...lock, due: now + holdRetryMs, proved: false } : { wanted: 'secured' },
    unlocked: false,
  };
  return { state: next, effects: state.unlocked === true ? [emit({ type: 'door.secured', data: {} })] : [] };
}

function lost(state: DoorState): DoorState {
  const { lock, contact } = state;
  return {
    ...state,
    reachable: false,
    lock: lock.wanted === 'held' ? { ...lock, due: null, proved: false } : lock,
    contact: unwatched(contact),
  };
}

/** Nobody can say that a door is held open which nobody sees. */
const unwatched = (contact: DoorState['contact']): DoorState['contact'] =>
  contact.is === 'open' ? { ...contact, held_due: null } : contact;

function opened(rules: DoorRules, state: DoorState, now: number): DoorStep {
  const { contact } = state;
  const held_due = state.lock.wanted === 'held' ? null : now + rules.held_open_ms;
  if (contact.is === 'open') {
    if (contact.held || contact.held_due !== null) return still(state);
    return still({ ...state, contact: { ...contact, held_due } });
  }
  const wanted = state.lock.wanted !== 'secured';
  // A door that stands open when first seen was opened before our time.
  const forced = contact.is === 'closed' && !wanted && now >= state.expected_until;
  const effects: DoorEffect[] = [emit({ type: 'door.opened', data: {} })];
  if (forced) effects.push(emit({ type: 'door.forced_open', data: {} }));
  const relock = state.lock.wanted === 'released' && rules.relock_on_open;
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
  if (lock.wanted === 'held' && lock.due !== null && now >= lock.due) return hold(state, lock, now);
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
