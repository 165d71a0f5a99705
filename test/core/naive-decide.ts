import type { AccessRequest, DoorSituation } from '../../src/core/decide.ts';
import type { Reason } from '../../src/core/decision.ts';
import type { TableRow } from '../../src/core/table-row.ts';

/** The rules read straight from the rows, with no thought for speed: what `decide` is held against. */
export function naiveReason(
  rows: readonly TableRow[],
  doorIds: readonly string[],
  request: AccessRequest,
  situation: DoorSituation,
): { reason: Reason; user: string | null } {
  const users = rows.filter((row) => row.row === 'user');
  const user = users.find((row) => row.credentials.some((c) => c.key === request.key));
  const credential = user?.credentials.find((c) => c.key === request.key);
  const answer = (reason: Reason) => ({ reason, user: user?.id ?? null });

  if (request.kind === 'pin' && situation.locked_out) return answer('locked_out');
  if (situation.after_outage) return answer('read_during_outage');
  if (user === undefined || credential === undefined) {
    return answer(request.kind === 'pin' ? 'wrong_pin' : 'unknown_credential');
  }
  if (credential.draft) return answer('draft');
  if (credential.blocked) return answer('blocked');
  if (user.suspended) return answer('suspended');
  const begun = (period: { from: number | null }) => period.from === null || period.from <= request.now;
  const over = (period: { until: number | null }) =>
    period.until !== null && period.until <= Math.max(request.now, situation.latest);
  if (over(credential) || over(user)) return answer('expired');
  if (!begun(credential) || !begun(user)) return answer('not_yet_valid');
  if (credential.uses !== null) {
    const seen = situation.used(credential.id, credential.uses.generation);
    if (Math.max(credential.uses.used, seen) >= credential.uses.max) return answer('no_uses_left');
  }
  const ways = user.grants.filter(({ target }) => {
    const doors =
      'door' in target
        ? [target.door]
        : rows.flatMap((row) => (row.row === 'door_group' && row.id === target.group ? row.doors : []));
    return doors.includes(request.door) && doorIds.includes(request.door);
  });
  if (ways.length === 0) return answer('not_this_door');
  if (!ways.some((way) => begun(way) && !over(way))) {
    return answer(ways.some((way) => !over(way)) ? 'not_yet_valid' : 'expired');
  }
  const inForce = ways.filter((way) => begun(way) && !over(way));
  const holds = (id: string, which: 'edges' | 'holiday_edges'): boolean =>
    rows.some(
      (row) =>
        row.row === 'schedule' &&
        row.id === id &&
        row.from <= request.now &&
        request.now < row.until &&
        row[which].filter((edge) => edge <= request.now).length % 2 === 1,
    );
  if (!inForce.some(({ schedule }) => schedule === null || holds(schedule, 'edges'))) {
    const closed = inForce.some(({ schedule }) => schedule !== null && holds(schedule, 'holiday_edges'));
    return answer(closed ? 'holiday' : 'outside_schedule');
  }
  const dated = (one: { from: number | null; until: number | null }) =>
    one.from !== null || one.until !== null;
  const timeless = inForce.some((way) => way.schedule === null && !dated(way));
  if (situation.clock_doubted && (dated(user) || dated(credential) || !timeless)) {
    return answer('clock_not_trusted');
  }
  if (situation.mode === 'disabled') return answer('door_disabled');
  if (situation.restricted) return answer('restricted_while_armed');
  const both = request.kind === 'pin' && situation.card_of === user.id;
  if (situation.mode === 'card_and_pin' && !both) {
    return answer(situation.locked_out ? 'locked_out' : 'second_factor_needed');
  }
  return answer('granted');
}
