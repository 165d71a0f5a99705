import { commonTimes } from './schedule.ts';
import type { CredentialRow, GrantRow, TableRow } from './table-row.ts';
import { strictest } from './timetable.ts';

/**
 * What two states of a row have in common: it grants nothing that either of them does not. `held` is at the doors, `newer` is to
 * come; whatever `newer` adds is left out. Two rows of different kinds have nothing in common.
 */
export function narrowedRow(held: TableRow, newer: TableRow): TableRow | null {
  if (held.row === 'door_group') {
    if (newer.row !== 'door_group') return null;
    return { ...newer, doors: held.doors.filter((door) => newer.doors.includes(door)) };
  }
  if (held.row === 'schedule') {
    return newer.row === 'schedule' ? { ...newer, ...commonTimes(held, newer) } : null;
  }
  if (held.row === 'timetable') {
    return newer.row === 'timetable' ? { ...newer, ...strictest(held, newer) } : null;
  }
  if (newer.row !== 'user') return null;
  return {
    ...newer,
    suspended: held.suspended || newer.suspended,
    ...overlap(held, newer),
    credentials: held.credentials.flatMap((credential) => {
      const same = newer.credentials.find(({ id, key }) => id === credential.id && key === credential.key);
      return same === undefined ? [] : [narrowedCredential(credential, same)];
    }),
    grants: widest(
      held.grants.flatMap((grant) =>
        newer.grants
          .filter((other) => sameTarget(other.target, grant.target) && meet(other.schedule, grant.schedule))
          .map(({ target, schedule, ...span }) => ({
            target,
            schedule: schedule ?? grant.schedule,
            ...overlap(grant, span),
          })),
      ),
    ),
  };
}

function narrowedCredential(held: CredentialRow, newer: CredentialRow): CredentialRow {
  return {
    ...newer,
    draft: held.draft || newer.draft,
    blocked: held.blocked || newer.blocked,
    // The newer allowance is the one that uses are counted against.
    uses: newer.uses ?? held.uses,
    ...overlap(held, newer),
  };
}

interface Span {
  from: number | null;
  until: number | null;
}

/** The time that is in both; `from` is not before `until` when there is none, and such a span holds no instant. */
function overlap(a: Span, b: Span): Span {
  return {
    from: a.from === null ? b.from : b.from === null ? a.from : Math.max(a.from, b.from),
    until: a.until === null ? b.until : b.until === null ? a.until : Math.min(a.until, b.until),
  };
}

/** Without those that another one covers: else narrowing again and again would multiply them. */
function widest(grants: readonly GrantRow[]): GrantRow[] {
  return grants.filter(
    (grant, i) =>
      !grants.some(
        (other, j) =>
          i !== j &&
          sameTarget(grant.target, other.target) &&
          (other.schedule === null || other.schedule === grant.schedule) &&
          covers(other, grant) &&
          (j < i || grant.schedule !== other.schedule || !covers(grant, other)),
      ),
  );
}

/** Whether one schedule holds what two have in common; that of two different ones is left out. */
const meet = (a: string | null, b: string | null): boolean => a === null || b === null || a === b;

const covers = (outer: Span, inner: Span): boolean =>
  (outer.from ?? Number.NEGATIVE_INFINITY) <= (inner.from ?? Number.NEGATIVE_INFINITY) &&
  (outer.until ?? Number.POSITIVE_INFINITY) >= (inner.until ?? Number.POSITIVE_INFINITY);

const sameTarget = (a: GrantRow['target'], b: GrantRow['target']): boolean =>
  'door' in a ? 'door' in b && a.door === b.door : 'group' in b && a.group === b.group;
