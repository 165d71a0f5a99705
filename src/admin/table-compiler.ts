import type { HolidaySets, Schedule } from '../core/schedule.ts';
import type { DoorGroupRow, GrantRow, RowRef, TableRow, UserRow } from '../core/table-row.ts';
import { compileSchedule, type Horizon } from '../scheduler/compile.ts';
import type { Zone } from '../scheduler/zone.ts';
import type { Access, DoorGroup, StoredCredential, User } from '../schema/record.ts';
import type { Change } from '../schema/storage.ts';
import type { TimetableSource } from './timetable-sources.ts';

/** What one row of the doors' table is made of. Never changed in place: a change makes a new one. */
export type RowSource =
  | {
      readonly row: 'user';
      readonly user: User;
      readonly credentials: readonly StoredCredential[];
      readonly access: readonly Access[];
    }
  | { readonly row: 'door_group'; readonly group: DoorGroup }
  | {
      readonly row: 'schedule';
      readonly id: string;
      readonly schedule: Schedule;
      readonly holidays: HolidaySets;
      readonly zone: Zone;
      readonly horizon: Horizon;
    }
  | TimetableSource;

/**
 * Compiles one row. Takes about a microsecond per credential and access, about a millisecond for a schedule or a rule of a timetable, a
 * hundred where it goes by cron.
 */
export function compileRow(source: RowSource): TableRow {
  switch (source.row) {
    case 'user':
      return userRow(source.user, source.credentials, source.access);
    case 'door_group':
      return doorGroupRow(source.group);
    case 'schedule': {
      const { id, schedule, holidays, zone, horizon } = source;
      return { row: 'schedule', id, ...compileSchedule(schedule, holidays, zone, horizon) };
    }
    case 'timetable':
      return { row: 'timetable', id: source.id, ...source.timetable() };
  }
}

/** All that concerns one user. An access to a panel partition is no grant: doors do not know partitions as targets. */
export function userRow(
  user: User,
  credentials: readonly StoredCredential[],
  access: readonly Access[],
): UserRow {
  return {
    row: 'user',
    id: user.id,
    suspended: user.suspended,
    from: milliseconds(user.valid_from),
    until: milliseconds(user.valid_until),
    credentials: credentials.map((credential) => ({
      id: credential.id,
      key: credential.key,
      draft: credential.state === 'draft',
      blocked: credential.blocked,
      duress: credential.duress,
      from: milliseconds(credential.valid_from),
      until: milliseconds(credential.valid_until),
      uses: credential.uses === null ? null : { ...credential.uses },
    })),
    grants: access.flatMap(grantRows),
  };
}

export function doorGroupRow(group: DoorGroup): DoorGroupRow {
  return { row: 'door_group', id: group.id, doors: [...group.door_ids] };
}

/**
 * The rows that a commit's changes touch by themselves, each once. Removed rows are among them. Which schedules and timetables a holiday
 * or the horizon touches, their sources know.
 */
export function affectedRows(changes: readonly Change[]): RowRef[] {
  const refs = new Map<string, RowRef>();
  const add = (ref: RowRef): void => {
    refs.set(`${ref.row}/${ref.id}`, ref);
  };
  for (const change of changes) {
    switch (change.kind) {
      case 'user':
        add({ row: 'user', id: change.id });
        break;
      case 'credential':
      case 'access':
        // Both: a credential or access that moves to another user changes two rows.
        if (change.before !== null) add({ row: 'user', id: change.before.user_id });
        if (change.after !== null) add({ row: 'user', id: change.after.user_id });
        break;
      case 'door_group':
        add({ row: 'door_group', id: change.id });
        break;
      case 'schedule':
        add({ row: 'schedule', id: change.id });
        break;
      case 'timetable':
        for (const id of [...(change.before?.door_ids ?? []), ...(change.after?.door_ids ?? [])]) {
          add({ row: 'timetable', id });
        }
        break;
      case 'holiday':
      case 'horizon':
      case 'api_key':
      case 'webhook':
      case 'holder':
      case 'slot':
      case 'confirmation':
        break;
    }
  }
  return [...refs.values()];
}

function grantRows(access: Access): GrantRow[] {
  const span = {
    schedule: access.schedule_id,
    from: milliseconds(access.valid_from),
    until: milliseconds(access.valid_until),
  };
  const { target } = access;
  if ('door_id' in target) return [{ target: { door: target.door_id }, ...span }];
  if ('door_group_id' in target) return [{ target: { group: target.door_group_id }, ...span }];
  return [];
}

const milliseconds = (at: string | null): number | null => (at === null ? null : Date.parse(at));
