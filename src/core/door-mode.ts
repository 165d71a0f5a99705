import type { DoorEvent } from './event.ts';
import { type DoorMode, nextEdge, periodAt, reaches, stricter, type Timetable } from './timetable.ts';

/** What an operator wants instead of the timetable, until then (wall milliseconds) or, null, until released. */
export interface ModeOverride {
  mode: DoorMode;
  until: number | null;
}

/** What of a door's mode outlives a restart. */
export interface KeptDoorMode {
  override: ModeOverride | null;
  /** When somebody was granted here within an arrival window (wall milliseconds), as far as it still counts. */
  arrived: readonly number[];
  /** The timetable's mode as far as the clock was trusted: it stays until something stricter comes, or a clock to be trusted. */
  allowed: DoorMode;
  /** The mode in force. */
  now: DoorMode;
}

export interface DoorModeState extends KeptDoorMode {
  /** The override is known to be still in force: it was made in this life, or a trusted clock has said so. */
  sure: boolean;
}

/** What the mode depends on beside what was said. `wall` in milliseconds; `timetable` is null for a door that has none. */
export interface ModeSituation {
  wall: number;
  /** The wall clock may be believed. */
  trusted: boolean;
  timetable: Timetable | null;
  /** The partition behind the door is armed, or counts as armed: the door does not stand unlocked. */
  restricted: boolean;
}

export type DoorModeInput =
  /** Time has passed, the wall clock has stepped or is trusted anew, another timetable has come, or the partition was armed or disarmed. */
  | { type: 'look'; why: 'timetable' | 'clock' | 'partition' }
  /** Somebody was granted here. */
  | { type: 'arrived' }
  /** Null releases the override in force. */
  | { type: 'override'; override: ModeOverride | null; operator: string };

export type ModeChange = Extract<DoorEvent, { type: 'door.mode_changed' }>['data'];

/** `told`: what there is to tell, if anything. `keep`: what is to outlive a restart has changed. */
export interface DoorModeStep {
  state: DoorModeState;
  told: ModeChange | null;
  keep: boolean;
}

export const newDoorMode: KeptDoorMode = { override: null, arrived: [], allowed: 'normal', now: 'normal' };

/** Goes on with what an earlier life has kept. What that life had opened by the clock is closed until the clock has been looked at. */
export function resumeDoorMode(kept: KeptDoorMode): DoorModeState {
  return { ...kept, allowed: stricter(kept.allowed, 'normal'), sure: false };
}

/**
 * The mode of a door: the operator's override, else the timetable's *now*; not unlocked while its partition is armed. It depends on the present only, never on what was missed.
 * What a clock that is not trusted says may make it stricter, at once, and never more open; an operator's word takes no clock.
 */
export function stepDoorMode(
  before: DoorModeState,
  input: DoorModeInput,
  situation: ModeSituation,
): DoorModeStep {
  const state = lookAgain(heard(before, input, situation), situation);
  const now = inForce(state, situation);
  const changed = now !== before.now || (input.type === 'override' && state.override !== before.override);
  return {
    state: { ...state, now },
    told: changed ? changeTo(now, state, input, situation) : null,
    keep:
      changed ||
      state.override !== before.override ||
      state.arrived !== before.arrived ||
      state.allowed !== before.allowed,
  };
}

/** When to look again (wall milliseconds) if nothing else happens; null: never. */
export function doorModeDue(
  { override }: Pick<DoorModeState, 'override'>,
  { wall, timetable }: Pick<ModeSituation, 'wall' | 'timetable'>,
): number | null {
  const edge = timetable === null ? null : nextEdge(timetable, wall);
  const end = override?.until ?? null;
  if (end === null || end <= wall) return edge;
  return edge === null ? end : Math.min(edge, end);
}

/** What keeps a door from standing as it should. */
export function modeWaitsFor(
  state: DoorModeState,
  situation: ModeSituation,
): 'disarm' | 'first_person' | 'trusted_clock' | null {
  if (isHeldShut(state, situation)) return 'disarm';
  if (counts(state)) return null;
  if (state.override !== null || state.allowed !== said(state, situation)) return 'trusted_clock';
  const arrival = timetablePeriod(situation)?.arrival ?? null;
  return arrival !== null && situation.wall < arrival.until && !anyIn(state.arrived, arrival, situation.wall)
    ? 'first_person'
    : null;
}

/** What the timetable says at an instant, were somebody there. */
export function timetableMode({ timetable, wall }: Pick<ModeSituation, 'timetable' | 'wall'>): DoorMode {
  return timetablePeriod({ timetable, wall })?.mode ?? 'normal';
}

function heard(state: DoorModeState, input: DoorModeInput, situation: ModeSituation): DoorModeState {
  switch (input.type) {
    case 'look':
      return state;
    case 'arrived': {
      const arrived = withArrival(state.arrived, situation);
      return arrived === state.arrived ? state : { ...state, arrived };
    }
    case 'override':
      return { ...state, override: input.override, sure: input.override !== null };
  }
}

function lookAgain(state: DoorModeState, situation: ModeSituation): DoorModeState {
  const { wall, trusted, timetable } = situation;
  const says = said(state, situation);
  const allowed = trusted || timetable === null ? says : stricter(state.allowed, says);
  const { override } = state;
  if (override === null || override.until === null) return { ...state, allowed };
  if (wall < override.until) return { ...state, allowed, sure: state.sure || trusted };
  const opens = stricter(override.mode, allowed) !== allowed;
  return opens && !trusted ? { ...state, allowed } : { ...state, allowed, override: null, sure: false };
}

/** The timetable's mode, with who has come. Of a time that it does not reach it says nothing, and opens nothing. */
function said(
  { arrived, allowed }: Pick<DoorModeState, 'arrived' | 'allowed'>,
  situation: Pick<ModeSituation, 'wall' | 'timetable'>,
): DoorMode {
  const period = timetablePeriod(situation);
  const { timetable, wall } = situation;
  if (period === null) {
    return timetable === null || reaches(timetable, wall) ? 'normal' : stricter(allowed, 'normal');
  }
  return period.arrival === null || anyIn(arrived, period.arrival, situation.wall) ? period.mode : 'normal';
}

function inForce(state: DoorModeState, { restricted }: Pick<ModeSituation, 'restricted'>): DoorMode {
  const mode = state.override !== null && counts(state) ? state.override.mode : state.allowed;
  return restricted ? stricter(mode, 'normal') : mode;
}

/** Whether it would stand unlocked, were its partition not armed. */
const isHeldShut = (state: DoorModeState, { restricted }: Pick<ModeSituation, 'restricted'>): boolean =>
  restricted && inForce(state, { restricted: false }) === 'unlocked';

/** An override of an earlier life that may have run out counts only as far as it is the stricter. */
function counts({ override, sure, allowed }: DoorModeState): boolean {
  if (override === null) return false;
  return sure || override.until === null || stricter(override.mode, allowed) === override.mode;
}

function changeTo(
  mode: DoorMode,
  state: DoorModeState,
  input: DoorModeInput,
  situation: ModeSituation,
): ModeChange {
  const period = timetablePeriod(situation);
  const held = isHeldShut(state, situation);
  const until = held
    ? null
    : state.override !== null && counts(state)
      ? state.override.until
      : period?.mode === mode
        ? period.until
        : null;
  switch (input.type) {
    case 'override':
      return { mode, by: 'operator', operator: input.operator, until };
    case 'arrived':
      return { mode, by: 'first_person', until };
    case 'look':
      return { mode, by: held ? 'partition' : input.why, until };
  }
}

/**
 * With a grant of now, if a period waits for one. The word of a clock that is not trusted counts for nobody's arrival. An arrival is forgotten
 * when its window has left the timetable, not when it is over: the clock may be put back.
 */
function withArrival(
  arrived: readonly number[],
  { wall, trusted, timetable }: ModeSituation,
): readonly number[] {
  const within = (waits: (window: { from: number; until: number }) => boolean): boolean =>
    timetable?.periods.some(({ arrival }) => arrival !== null && waits(arrival)) === true;
  if (!trusted || !within((window) => isIn(wall, window) && !anyIn(arrived, window, wall))) return arrived;
  return [...arrived.filter((at) => within((window) => isIn(at, window))), wall];
}

const timetablePeriod = ({ timetable, wall }: Pick<ModeSituation, 'timetable' | 'wall'>) =>
  timetable === null ? null : periodAt(timetable, wall);

const isIn = (instant: number, { from, until }: { from: number; until: number }): boolean =>
  instant >= from && instant < until;

const anyIn = (arrived: readonly number[], window: { from: number; until: number }, wall: number): boolean =>
  arrived.some((at) => at <= wall && isIn(at, window));
