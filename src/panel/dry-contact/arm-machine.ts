import type { ArmState } from '../../core/panel.ts';

/**
 * The arm state of one partition from one or two contacts, as a pure machine. Any sign of armed counts at once; disarmed
 * counts only when it is fresh and stable; everything else is unknown.
 */
export interface ArmMachine {
  state: ArmState;
  level: Level | null;
  /** When this level began (mono milliseconds). */
  since: number;
  /** The last level that was no contradiction: a changeover contact that is caught in between does not blink. */
  valid: { level: Level; since: number } | null;
  /** The valid level before this one lasted less than `toggleMs`: an output that blinks, in exit delay or alarm. */
  toggling: boolean;
  /** Failed reads in a row. */
  failures: number;
  /** The two contacts have contradicted each other for longer than a relay takes to turn over. */
  wiringFault: boolean;
}

type Level = 'disarmed' | 'armed' | 'contradiction';

export type ArmEvent =
  /** One read. `disarmed`: the contact that is closed only while disarmed; `armed`: its complement, null where not wired. */
  { type: 'read'; disarmed: boolean; armed: boolean | null } | { type: 'failed' };

/** Contacts bounce, and a changeover contact is open both ways for a moment. */
const debounceMs = 300;
/** Levels that last less than this are blinking, not states. */
const toggleMs = 2000;
/** Failed reads in a row after which nothing is known any more. */
const failuresToUnknown = 3;

export const newPartition: ArmMachine = {
  state: 'unknown',
  level: null,
  since: 0,
  valid: null,
  toggling: false,
  failures: 0,
  wiringFault: false,
};

/** One event. `now` is mono milliseconds. */
export function stepArm(machine: ArmMachine, event: ArmEvent, now: number): ArmMachine {
  switch (event.type) {
    case 'failed': {
      const failures = machine.failures + 1;
      if (failures < failuresToUnknown) return { ...machine, failures };
      // What was stable before the silence need not be now: the level begins anew.
      return { ...machine, failures, state: 'unknown', level: null, valid: null, toggling: false };
    }
    case 'read': {
      const level = levelOf(event.disarmed, event.armed);
      const since = level === machine.level ? machine.since : now;
      const before = machine.valid;
      const turned = level !== 'contradiction' && level !== before?.level;
      const valid = turned ? { level, since: now } : before;
      const lasted = now - (before?.since ?? Number.NEGATIVE_INFINITY);
      const toggling = (turned || machine.toggling) && lasted < toggleMs;
      const stable = now - since >= debounceMs;
      const wiringFault = level === 'contradiction' && (stable || machine.wiringFault);
      const seen: ArmMachine = { ...machine, level, since, valid, toggling, failures: 0, wiringFault };
      return { ...seen, state: judge(seen, stable) };
    }
  }
}

function levelOf(disarmed: boolean, armed: boolean | null): Level {
  if (armed !== null && disarmed === armed) return 'contradiction';
  return disarmed ? 'disarmed' : 'armed';
}

function judge({ level, toggling, state }: ArmMachine, stable: boolean): ArmState {
  switch (level) {
    case 'armed':
      return toggling ? 'arming' : 'armed';
    case 'disarmed':
      if (toggling) return 'arming';
      return stable ? 'disarmed' : state;
    case 'contradiction':
    case null:
      return 'unknown';
  }
}
