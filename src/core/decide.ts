import { type AccessTable, type Grant, holdsDoor, nobody } from './access-table.ts';
import type { Decision, Reason } from './decision.ts';
import { placeOf } from './key-index.ts';
import type { LookupKind } from './lookup-key.ts';
import { standingAt } from './schedule.ts';
import type { DoorMode } from './timetable.ts';

/** A credential, by its key, at a door, at an instant (wall milliseconds). */
export interface AccessRequest {
  door: string;
  kind: LookupKind;
  key: string;
  now: number;
}

/** What the door process knows beside the table. */
export interface DoorSituation {
  /** The partition that restricts the door counts as armed. */
  restricted: boolean;
  /** The keypad is locked out after wrong tries. Refuses PINs, and cards that a PIN must follow. */
  locked_out: boolean;
  /** The read may be older than the outage that has just ended. */
  after_outage: boolean;
  /** How many uses of this allowance the door process has seen; 0 when none. The table may lag behind. */
  used(credentialId: string, generation: number): number;
  /** The highest time known to be past (wall milliseconds): judges ends where it is later than now. */
  latest: number;
  /** The door wants a clock that can be believed, and has none. */
  clock_doubted: boolean;
  /** How the door stands. */
  mode: DoorMode;
  /** Whose card was shown just before, where a card must be followed by a PIN; null: nobody's. */
  card_of: string | null;
}

/**
 * Whether a credential opens a door. Of several reasons to refuse, the first of this list is given:
 *
 * 1. `no_table`: there is nothing to judge by.
 * 2. `locked_out`, `read_during_outage`: this PIN or read is not to be judged at all.
 * 3. `wrong_pin`, `unknown_credential`: nobody's.
 * 4. `draft`, `blocked`, `suspended`: somebody decided so.
 * 5. `expired`, `not_yet_valid`: of credential and user together; waiting helps only with the second.
 * 6. `no_uses_left`.
 * 7. `not_this_door`; `not_yet_valid` or `expired` when every way to this door is (`not_yet_valid` if one is still to come);
 *    `outside_schedule` when those in force have their time later or earlier, `holiday` when one has it but for a holiday.
 * 8. `clock_not_trusted`: would open by dates or a schedule that cannot be judged now.
 * 9. `door_disabled`, `restricted_while_armed`: would open if the door were not disabled, or the partition not armed.
 * 10. `second_factor_needed`: of a card, its owner's PIN must follow; of a PIN, its owner's card comes first.
 *
 * All is looked at before a reason is chosen, also for a key that is nobody's (somebody's entry stands in), so that
 * the time it takes does not tell one refusal from another. User and credential are named wherever the key is known. `duress` is set, on refusals too, for a
 * duress PIN that is itself in force.
 */
export function decide(
  table: AccessTable | null,
  request: AccessRequest,
  situation: DoorSituation,
): Decision {
  if (table === null) return { ...nothing, reason: 'no_table' };
  const { kind, now } = request;
  const place = placeOf(table.credentials, request.key);
  const known = place >= 0;
  // `~place` where it is negative: without a branch, which a processor would foresee for some and not for others.
  const entry = table.credentials.entries[place ^ (place >> 31)] ?? nobody;
  const { uses } = entry;

  const latest = Math.max(now, situation.latest);
  const standing = entry.bar ?? wayReason[within(entry.from, entry.until, now, latest)];
  const used = uses === null ? 0 : Math.max(uses.used, situation.used(entry.credential_id, uses.generation));
  const spent = uses !== null && used >= uses.max;
  const door = table.doors.get(request.door)?.position ?? -1;
  // PINs can be guessed, cards cannot.
  const way = bestWay(entry.grants, door, now, latest, kind === 'pin');
  const byClock = way === ways.inside_by_clock || entry.from !== null || entry.until !== null;
  const right = byClock && situation.clock_doubted ? 'clock_not_trusted' : 'granted';
  const earned = standing ?? (spent ? 'no_uses_left' : (wayReason[way] ?? right));
  const unknown = kind === 'pin' ? 'wrong_pin' : 'unknown_credential';
  const reason = reasonFor(known ? earned : unknown, kind, entry.user_id, situation);

  const granted = reason === 'granted';
  const takesUse = uses !== null && (granted || (reason === 'second_factor_needed' && kind === 'token'));
  return {
    granted,
    reason,
    user_id: known ? entry.user_id : null,
    credential_id: known ? entry.credential_id : null,
    duress: known && entry.duress && standing === null,
    use: takesUse ? { generation: uses.generation, used: used + 1 } : null,
  };
}

/** What the situation makes of a credential's own merit. */
function reasonFor(merit: Reason, kind: LookupKind, user: string, situation: DoorSituation): Reason {
  if (situation.locked_out && kind === 'pin') return 'locked_out';
  if (situation.after_outage) return 'read_during_outage';
  if (merit !== 'granted') return merit;
  if (situation.mode === 'disabled') return 'door_disabled';
  if (situation.restricted) return 'restricted_while_armed';
  if (situation.mode !== 'card_and_pin' || (kind === 'pin' && situation.card_of === user)) return 'granted';
  return situation.locked_out ? 'locked_out' : 'second_factor_needed';
}

/** What a way lacks: the more, the lower. */
const ways = {
  none: 0,
  after: 1,
  before: 2,
  outside_schedule: 3,
  holiday: 4,
  inside_by_clock: 5,
  inside: 6,
} as const;
type Way = (typeof ways)[keyof typeof ways];

/** By way. */
const wayReason = [
  'not_this_door',
  'expired',
  'not_yet_valid',
  'outside_schedule',
  'holiday',
  null,
  null,
] as const;

/**
 * `from` is included, `until` is not; of a period that is over and has not begun, the first counts. Beginnings are judged by now, ends by
 * the later of now and what is known to be past (wall milliseconds).
 */
function within(from: number | null, until: number | null, now: number, latest: number): Way {
  if (until !== null && latest >= until) return ways.after;
  return from !== null && now < from ? ways.before : ways.inside;
}

/**
 * Of all grants that lead to this door, the best. Small enough, as all here, to be compiled as one with `decide`: else times are boxed.
 * @param alike looks at the schedules of those that lead elsewhere, too: else it takes longer where somebody may come at other times
 */
function bestWay(grants: readonly Grant[], door: number, now: number, latest: number, alike: boolean): Way {
  let best: Way = ways.none;
  for (let n = 0; n < grants.length; n++) {
    const grant = grants[n];
    if (grant === undefined || !(alike || holdsDoor(grant.place.doors, door))) continue;
    const way = wayBy(grant, now, latest);
    if (way > best && holdsDoor(grant.place.doors, door)) best = way;
  }
  return best;
}

function wayBy({ schedule, from, until }: Grant, now: number, latest: number): Way {
  const is = within(from, until, now, latest);
  if (is !== ways.inside) return is;
  if (schedule === null) return from !== null || until !== null ? ways.inside_by_clock : ways.inside;
  return scheduleWays[standingAt(schedule.times, now)];
}

/** By the schedule's standing. */
const scheduleWays = [ways.outside_schedule, ways.holiday, ways.inside_by_clock] as const;

const nothing = { granted: false, user_id: null, credential_id: null, duress: false, use: null } as const;
