import type { Outcome } from './sender.ts';

/**
 * How the entries of the feed go to one receiver: at least once, in order for each resource, other resources passing. Pure; times are
 * monotonic milliseconds.
 */
export interface Delivery {
  /** Entries up to this one were taken up. */
  readonly seq: number;
  /** Taken up and not delivered, in order. */
  readonly open: readonly Open[];
  /** The receiver asked to be left alone until then. */
  readonly paused_until: number;
  /** Since when nothing has got through; null: the last attempt did. */
  readonly failing_since: number | null;
}

export interface Open {
  readonly seq: number;
  readonly id: string;
  readonly resource: string;
  /** Attempts that failed. */
  readonly attempts: number;
  readonly due: number;
  readonly sending: boolean;
  /** Stands for all entries after `seq`. */
  readonly behind: boolean;
}

export type DeliveryEvent =
  | { type: 'tick' }
  /** The next entries of the feed after `seq`; those of no interest too. */
  | { type: 'entries'; entries: readonly { seq: number; id: string; resource: string; wanted: boolean }[] }
  /** Entries not delivered yet are no longer kept. */
  | { type: 'lost'; fresh_id: string }
  /** Deliveries go on after they were switched off or led elsewhere. `stale`: off for so long that the receiver is told it is behind. */
  | { type: 'resumed'; stale: boolean; fresh_id: string }
  /**
   * How an attempt ended. `newest`: entry of the feed when it began, for whoever is told to read from there on may have done so before it
   * ended; `chance`: 0 to 1.
   */
  | { type: 'ended'; id: string; outcome: Outcome; newest: number; chance: number; fresh_id: string };

export type DeliveryEffect = { type: 'send'; open: Open } | Consequence;
/** What of a delivery others hear of. */
export type Consequence =
  | { type: 'gave_up'; open: Open }
  | { type: 'switch_off'; reason: 'gone' | 'failing' };

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Waits before each attempt (Standard Webhooks 1.0.0, "Deliverability and reliability", its example): about 75 h in all. */
export const retryWaits: readonly number[] = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];
export const switchOffAfter = 5 * 24 * hour;
/** After so long without success the receiver gets one message that says where to read on, instead of old entries. */
export const behindAfter = 24 * hour;
const maxOpen = 1_000;
const maxSending = 4;
/** How long a receiver is left alone that asks for it without saying how long. */
const usualPause = minute;

/** Nothing delivered yet, all after `seq` to come. */
export const deliveryFrom = (seq: number): Delivery => ({
  seq,
  open: [],
  paused_until: Number.NEGATIVE_INFINITY,
  failing_since: null,
});

/** How many entries can be taken up now. */
export function roomFor({ open }: Delivery): number {
  return open.some(({ behind }) => behind) ? 0 : maxOpen - open.length;
}

/** The entry up to which all is done. */
export function doneUpTo({ seq, open }: Delivery): number {
  const [first] = open;
  if (first === undefined) return seq;
  return first.behind ? first.seq : first.seq - 1;
}

/** When something is to be done next if nothing happens before; null: nothing is. May be past. */
export function nextDue(state: Delivery): number | null {
  const waits = sendable(state).map(({ due }) => Math.max(due, state.paused_until));
  return waits.length === 0 ? null : Math.min(...waits);
}

export function deliveryStep(
  before: Delivery,
  event: DeliveryEvent,
  now: number,
): { state: Delivery; effects: DeliveryEffect[] } {
  const { state, effects } = follow(before, event, now);
  const sending = state.open.filter((open) => open.sending).length;
  const sends =
    now < state.paused_until
      ? []
      : sendable(state)
          .filter(({ due }) => due <= now)
          .slice(0, maxSending - sending);
  if (sends.length === 0) return { state, effects };
  return {
    state: {
      ...state,
      open: state.open.map((open) => (sends.includes(open) ? { ...open, sending: true } : open)),
    },
    effects: [...effects, ...sends.map((open): DeliveryEffect => ({ type: 'send', open }))],
  };
}

/** The first open entry of each resource, unless it is on its way. */
function sendable({ open }: Delivery): Open[] {
  const resources = new Set<string>();
  return open.filter(({ resource, sending }) => {
    if (resources.has(resource)) return false;
    resources.add(resource);
    return !sending;
  });
}

function follow(
  state: Delivery,
  event: DeliveryEvent,
  now: number,
): { state: Delivery; effects: DeliveryEffect[] } {
  switch (event.type) {
    case 'tick':
      return { state, effects: [] };
    case 'entries': {
      const taken = event.entries.filter(({ wanted }) => wanted);
      const open = taken.map(
        ({ seq, id, resource }): Open => ({
          seq,
          id,
          resource,
          attempts: 0,
          due: now,
          sending: false,
          behind: false,
        }),
      );
      const seq = event.entries.at(-1)?.seq ?? state.seq;
      return { state: { ...state, seq, open: [...state.open, ...open] }, effects: [] };
    }
    case 'lost':
      return { state: tellBehind(state, event.fresh_id, now), effects: [] };
    case 'resumed': {
      const open = state.open.map((one) => ({ ...one, due: now, sending: false }));
      const fresh = { ...state, open, paused_until: now, failing_since: null };
      return { state: event.stale ? tellBehind(fresh, event.fresh_id, now) : fresh, effects: [] };
    }
    case 'ended':
      return ended(state, event, now);
  }
}

function ended(
  state: Delivery,
  { id, outcome, newest, chance, fresh_id }: Extract<DeliveryEvent, { type: 'ended' }>,
  now: number,
): { state: Delivery; effects: DeliveryEffect[] } {
  const open = state.open.find((one) => one.id === id);
  // Of an attempt before a replay, or before all open ones were given up for one message.
  if (open === undefined) return { state, effects: [] };
  const others = state.open.filter((one) => one !== open);
  if ('status' in outcome && outcome.status >= 200 && outcome.status < 300) {
    const seq = open.behind ? newest : state.seq;
    return { state: { ...state, seq, open: others, failing_since: null }, effects: [] };
  }
  const pause = pauseOf(outcome);
  const attempts = open.attempts + 1;
  const wait = (retryWaits[attempts] ?? retryWaits.at(-1) ?? 0) * (0.9 + 0.2 * chance);
  const again = { ...open, attempts, due: now + Math.max(wait, pause), sending: false };
  const failing_since = state.failing_since ?? now;
  const paused_until = Math.max(state.paused_until, now + pause);
  const failed = { ...state, failing_since, paused_until };
  const retried = { ...failed, open: state.open.map((one) => (one === open ? again : one)) };
  const failingMs = now - failing_since;
  if ('status' in outcome && outcome.status === 410) {
    return { state: retried, effects: [{ type: 'switch_off', reason: 'gone' }] };
  }
  if (failingMs >= switchOffAfter) {
    return { state: retried, effects: [{ type: 'switch_off', reason: 'failing' }] };
  }
  if (open.behind) return { state: retried, effects: [] };
  if (failingMs >= behindAfter) return { state: tellBehind(retried, fresh_id, now), effects: [] };
  if (attempts < retryWaits.length) return { state: retried, effects: [] };
  return { state: { ...failed, open: others }, effects: [{ type: 'gave_up', open: again }] };
}

/** In place of all that is open: one message that says from where on the receiver must read for itself. */
function tellBehind(state: Delivery, id: string, now: number): Delivery {
  if (state.open.some(({ behind }) => behind)) return state;
  const seq = doneUpTo(state);
  const behind: Open = {
    seq,
    id,
    resource: 'feed/entries',
    attempts: 0,
    due: now,
    sending: false,
    behind: true,
  };
  return { ...state, open: [behind] };
}

/** How long a failure asks to be left alone, milliseconds. */
function pauseOf(outcome: Outcome): number {
  if (!('status' in outcome)) return 0;
  const slow = [429, 502, 504].includes(outcome.status);
  return outcome.retry_after_ms ?? (slow ? usualPause : 0);
}
