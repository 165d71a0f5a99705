import type { DoorMode } from './timetable.ts';

/**
 * What of its reader's door an output may follow. `alarm`: forced or held open. `disabled`: the door opens for no credential. Nothing of it
 * is a grant: a relay in a reader is on the side of the door that strangers can reach.
 */
export const outputConditions = ['alarm', 'forced_open', 'held_open', 'disabled'] as const;
export type OutputCondition = (typeof outputConditions)[number];

/** An output of a reader: a sounder, a strobe, a lamp. Never a lock. */
export interface ReaderOutput {
  name: string;
  /** Counted from 0. */
  output: number;
  follows: OutputCondition;
  /** The longest that it is on for one occasion; null: as long as that lasts. */
  for_ms: number | null;
}

/** As the reader has shown it. */
export type OutputState = 'on' | 'off' | 'unknown';

/** An output by its name in the site file, and how it is. */
export interface OutputStatus {
  name: string;
  state: OutputState;
  /** Why it does not do what it is told; null: it does, or was told nothing. */
  fault: string | null;
}

/** What a door is like, as far as outputs follow it. */
export interface DoorSigns {
  forced_open: boolean;
  held_open: boolean;
  mode: DoorMode;
}

/** Whether what an output follows is so. */
export function conditionHolds(follows: OutputCondition, door: DoorSigns): boolean {
  switch (follows) {
    case 'alarm':
      return door.forced_open || door.held_open;
    case 'forced_open':
      return door.forced_open;
    case 'held_open':
      return door.held_open;
    case 'disabled':
      return door.mode === 'disabled';
  }
}

/** What decides whether an output is on. Times are monotonic milliseconds. */
export interface OutputPlan {
  /** Since when what it follows lasts; null: it does not. */
  readonly since: number | null;
  /** Somebody has switched it off: it stays off until what it follows has ended. */
  readonly silenced: boolean;
  /** Somebody tries it until then; null: nobody does. */
  readonly tried_until: number | null;
}

export type OutputInput =
  | { type: 'follow'; holds: boolean }
  | { type: 'try'; ms: number }
  | { type: 'silence' };

export const idleOutput: OutputPlan = { since: null, silenced: false, tried_until: null };

/** The plan after something was seen or ordered. */
export function stepOutput(plan: OutputPlan, input: OutputInput, now: number): OutputPlan {
  switch (input.type) {
    case 'follow':
      if (input.holds) return plan.since === null ? { ...plan, since: now } : plan;
      return { ...plan, since: null, silenced: false };
    case 'try':
      return { ...plan, tried_until: now + input.ms };
    case 'silence':
      return { ...plan, silenced: plan.since !== null, tried_until: null };
  }
}

/** Until when an output is on if nothing else happens (infinite: without end); null: it is off. */
export function onUntil(
  { for_ms }: Pick<ReaderOutput, 'for_ms'>,
  plan: OutputPlan,
  now: number,
): number | null {
  const { since, silenced, tried_until } = plan;
  const followed = since === null || silenced ? now : since + (for_ms ?? Number.POSITIVE_INFINITY);
  const end = Math.max(followed, tried_until ?? now);
  return end > now ? end : null;
}
