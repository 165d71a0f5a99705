import { type AccessTable, type CredentialEntry, type Grant, holdsDoor } from './access-table.ts';
import type { Decision, Reason } from './decision.ts';
import type { LookupKind } from './lookup-key.ts';
import { closedByHoliday, inside } from './schedule.ts';

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
  /** The keypad is locked out after wrong tries. Refuses PINs only. */
  locked_out: boolean;
  /** The read may be older than the outage that has just ended. */
  after_outage: boolean;
  /** How many uses of this allowance the door process has seen; 0 when none. The table may lag behind. */
  used(credentialId: string, generation: number): number;
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
 * 8. `restricted_while_armed`: would open if the partition were not armed.
 *
 * All is looked at before a reason is chosen, also for a key that is nobody's, so that the time it takes does not tell
 * one refusal from another. User and credential are named wherever the key is known. `duress` is set, on refusals too, for a
 * duress PIN that is itself in force.
 */
export function decide(
  table: AccessTable | null,
  request: AccessRequest,
  situation: DoorSituation,
): Decision {
  if (table === null) return { ...nothing, reason: 'no_table' };
  const known = table.credentials.get(request.key);
  const entry = known ?? nobody;
  const { uses } = entry;

  const standing = entry.bar ?? lifeReason[within(entry, request.now)];
  const used = uses === null ? 0 : Math.max(uses.used, situation.used(entry.credential_id, uses.generation));
  const spent = uses !== null && used >= uses.max;
  const way = bestWay(entry.grants, table.doors.get(request.door)?.position ?? -1, request.now);
  const merit = standing ?? (spent ? 'no_uses_left' : wayReason[way]);
  const reason = reasonFor(
    known === undefined ? unknownReason[request.kind] : merit,
    request.kind,
    situation,
  );

  const granted = reason === 'granted';
  return {
    granted,
    reason,
    user_id: known === undefined ? null : entry.user_id,
    credential_id: known === undefined ? null : entry.credential_id,
    duress: entry.duress && standing === null,
    use: granted && uses !== null ? { generation: uses.generation, used: used + 1 } : null,
  };
}

/** What the situation makes of a credential's own merit. */
function reasonFor(merit: Reason, kind: LookupKind, situation: DoorSituation): Reason {
  if (situation.locked_out && kind === 'pin') return 'locked_out';
  if (situation.after_outage) return 'read_during_outage';
  return merit === 'granted' && situation.restricted ? 'restricted_while_armed' : merit;
}

type Moment = 'before' | 'inside' | 'after';
type Way = 'none' | Moment | 'outside_schedule' | 'holiday';

const unknownReason = { pin: 'wrong_pin', token: 'unknown_credential' } as const;
const lifeReason = { after: 'expired', before: 'not_yet_valid', inside: null } as const;
const wayReason = {
  none: 'not_this_door',
  after: 'expired',
  before: 'not_yet_valid',
  outside_schedule: 'outside_schedule',
  holiday: 'holiday',
  inside: 'granted',
} as const;

/** The more a way lacks, the lower. */
const rank: Readonly<Record<Way, number>> = {
  none: 0,
  after: 1,
  before: 2,
  outside_schedule: 3,
  holiday: 4,
  inside: 5,
};

/** `from` is included, `until` is not; of a period that is over and has not begun, the first counts. */
function within(period: { from: number | null; until: number | null }, now: number): Moment {
  if (period.until !== null && now >= period.until) return 'after';
  return period.from !== null && now < period.from ? 'before' : 'inside';
}

/** Of all grants that lead to this door, the best. */
function bestWay(grants: readonly Grant[], door: number, now: number): Way {
  let best: Way = 'none';
  for (const grant of grants) {
    if (!holdsDoor(grant.place.doors, door)) continue;
    const way = wayBy(grant, now);
    if (rank[way] > rank[best]) best = way;
  }
  return best;
}

function wayBy(grant: Grant, now: number): Way {
  const moment = within(grant, now);
  if (moment !== 'inside' || grant.schedule === null || inside(grant.schedule.times, now)) return moment;
  return closedByHoliday(grant.schedule.times, now) ? 'holiday' : 'outside_schedule';
}

const nothing = { granted: false, user_id: null, credential_id: null, duress: false, use: null } as const;

/** Stands in for the holder of a key that is nobody's, so that it is judged like any other. */
const nobody: CredentialEntry = {
  user_id: '',
  credential_id: '',
  bar: null,
  from: null,
  until: null,
  uses: null,
  duress: false,
  grants: [{ place: { doors: new Uint32Array(1) }, schedule: null, from: null, until: null }],
};
