import { entryOf, type KeyIndex, keyIndex, putEntry, removeKey } from './key-index.ts';
import { type CompiledSchedule, compiledSchedule, noTime } from './schedule.ts';
import type {
  CredentialRow,
  DoorGroupRow,
  GrantRow,
  RowRef,
  ScheduleRow,
  TableRow,
  TimetableRow,
  UserRow,
} from './table-row.ts';

/**
 * The access table in memory: whom a key belongs to, and where that user may go. Built from rows, changed in place, a whole
 * row at a time. What users share (door groups, schedules) is held by reference, so that changing it changes every user at once.
 */
export interface AccessTable {
  /** Doors of the site by id. */
  readonly doors: ReadonlyMap<string, DoorEntry>;
  readonly users: Map<string, UserEntry>;
  readonly groups: Map<string, GroupEntry>;
  readonly schedules: Map<string, ScheduleEntry>;
  /** By the door's id. */
  readonly timetables: Map<string, TimetableRow>;
  /** Credentials by lookup key. */
  readonly credentials: KeyIndex<CredentialEntry>;
}

/** `position` is the door's bit in a `DoorSet`; `doors` is the set of this door alone. */
export interface DoorEntry {
  readonly position: number;
  readonly doors: DoorSet;
  readonly undated: UndatedGrants;
}

/** Grants of a place that have no dates, by their schedule: who has the same has one and the same. */
type UndatedGrants = WeakMap<object, Grant>;

export interface UserEntry {
  readonly row: UserRow;
  readonly grants: readonly Grant[];
}

/**
 * All that a decision needs of a credential and its user, side by side: a decision in a big table is as slow as the number of
 * places in memory it has to look at.
 */
export interface CredentialEntry {
  readonly key: string;
  readonly user_id: string;
  readonly credential_id: string;
  /** Somebody's decision that stands against it, the user's included. */
  readonly bar: 'draft' | 'blocked' | 'suspended' | null;
  /** When both credential and user are valid. */
  readonly from: number | null;
  readonly until: number | null;
  readonly uses: CredentialRow['uses'];
  readonly duress: boolean;
  readonly grants: readonly Grant[];
}

export interface Grant {
  readonly place: { readonly doors: DoorSet };
  /** Null: always. */
  readonly schedule: { readonly times: CompiledSchedule } | null;
  readonly from: number | null;
  readonly until: number | null;
}

/** `row` is null, and the set empty, while users name a group whose row has not come. */
export interface GroupEntry {
  row: DoorGroupRow | null;
  doors: DoorSet;
  readonly undated: UndatedGrants;
  /** How many grants point here. */
  grants: number;
}

/** `row` is null, and the schedule without any time, while users name one whose row has not come. */
export interface ScheduleEntry {
  row: ScheduleRow | null;
  times: CompiledSchedule;
  /** How many grants point here. */
  grants: number;
}

/** Judged in place of nobody while the table has no credentials. */
export const nobody: CredentialEntry = {
  key: '',
  user_id: '',
  credential_id: '',
  bar: null,
  from: null,
  until: null,
  uses: null,
  duress: false,
  grants: [{ place: { doors: new Uint32Array(1) }, schedule: null, from: null, until: null }],
};

/** One bit per door of the site. */
export type DoorSet = Uint32Array;

/** Whether a set holds the door at this position; a position outside the site is in no set. */
export function holdsDoor(set: DoorSet, position: number): boolean {
  return ((set[position >>> 5] ?? 0) & (1 << (position & 31))) !== 0;
}

/** A table that knows the doors of the site and nobody. */
export function emptyTable(doorIds: readonly string[]): AccessTable {
  return {
    doors: new Map(
      doorIds.map((id, position) => [
        id,
        { position, doors: setOf([position], doorIds.length), undated: new WeakMap() },
      ]),
    ),
    users: new Map(),
    groups: new Map(),
    schedules: new Map(),
    timetables: new Map(),
    credentials: keyIndex(),
  };
}

/** Puts a row in place of the one with its id: an earlier user's keys and grants vanish with it. */
export function putRow(table: AccessTable, row: TableRow): void {
  switch (row.row) {
    case 'user': {
      const earlier = table.users.get(row.id);
      const user = { row, grants: row.grants.map((grant) => compileGrant(table, grant)) };
      if (earlier !== undefined) forgetUser(table, earlier);
      table.users.set(row.id, user);
      for (const credential of row.credentials) {
        putEntry(table.credentials, compileCredential(user, credential));
      }
      return;
    }
    case 'door_group': {
      const group = groupEntry(table, row.id);
      group.row = row;
      const positions = row.doors.map((id) => table.doors.get(id)?.position);
      group.doors = setOf(
        positions.filter((position) => position !== undefined),
        table.doors.size,
      );
      return;
    }
    case 'schedule': {
      const schedule = scheduleEntry(table, row.id);
      schedule.row = row;
      schedule.times = compiledSchedule(row);
      return;
    }
    case 'timetable':
      table.timetables.set(row.id, row);
      return;
  }
}

/** Removes a row; nothing happens when there is none. */
export function removeRow(table: AccessTable, ref: RowRef): void {
  switch (ref.row) {
    case 'user': {
      const user = table.users.get(ref.id);
      if (user !== undefined) forgetUser(table, user);
      return;
    }
    case 'door_group': {
      const group = table.groups.get(ref.id);
      if (group === undefined) return;
      group.row = null;
      group.doors = noDoors;
      if (group.grants === 0) table.groups.delete(ref.id);
      return;
    }
    case 'schedule': {
      const schedule = table.schedules.get(ref.id);
      if (schedule === undefined) return;
      schedule.row = null;
      schedule.times = noTime();
      if (schedule.grants === 0) table.schedules.delete(ref.id);
      return;
    }
    case 'timetable':
      table.timetables.delete(ref.id);
      return;
  }
}

/** The rows the table is made of, in no particular order: references, which nobody changes. */
export function rowsOf(table: AccessTable): TableRow[] {
  const rows: TableRow[] = [...table.timetables.values()];
  for (const { row } of table.schedules.values()) if (row !== null) rows.push(row);
  for (const { row } of table.groups.values()) if (row !== null) rows.push(row);
  for (const { row } of table.users.values()) rows.push(row);
  return rows;
}

/** How many users and credentials the table holds. */
export function tableCounts(table: AccessTable): { users: number; credentials: number } {
  return { users: table.users.size, credentials: table.credentials.entries.length };
}

function compileCredential({ row: user, grants }: UserEntry, row: CredentialRow): CredentialEntry {
  return {
    key: row.key,
    user_id: user.id,
    credential_id: row.id,
    bar: row.draft ? 'draft' : row.blocked ? 'blocked' : user.suspended ? 'suspended' : null,
    from: latest(row.from, user.from),
    until: earliest(row.until, user.until),
    uses: row.uses,
    duress: row.duress,
    grants,
  };
}

const latest = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.max(a, b));
const earliest = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));

function compileGrant(table: AccessTable, { target, schedule: id, from, until }: GrantRow): Grant {
  const schedule = id === null ? null : scheduleEntry(table, id);
  if (schedule !== null) schedule.grants += 1;
  const place = placeEntry(table, target);
  if (place === null) return { place: nowhere, schedule, from, until };
  return from === null && until === null ? undated(place, schedule) : { place, schedule, from, until };
}

function placeEntry(table: AccessTable, target: GrantRow['target']): DoorEntry | GroupEntry | null {
  if ('door' in target) return table.doors.get(target.door) ?? null;
  const group = groupEntry(table, target.group);
  group.grants += 1;
  return group;
}

/** The one for all who have it: a decision reads it where others have just read. */
function undated(place: DoorEntry | GroupEntry, schedule: ScheduleEntry | null): Grant {
  const key = schedule ?? always;
  const known = place.undated.get(key);
  if (known !== undefined) return known;
  const grant = { place, schedule, from: null, until: null };
  place.undated.set(key, grant);
  return grant;
}
/** Where a schedule would be. */
const always = {};

/** The empty set, of any site. */
const noDoors: DoorSet = new Uint32Array(0);
const nowhere = { doors: noDoors };

function scheduleEntry(table: AccessTable, id: string): ScheduleEntry {
  const known = table.schedules.get(id);
  if (known !== undefined) return known;
  const schedule = { row: null, times: noTime(), grants: 0 };
  table.schedules.set(id, schedule);
  return schedule;
}

function groupEntry(table: AccessTable, id: string): GroupEntry {
  const known = table.groups.get(id);
  if (known !== undefined) return known;
  const group = { row: null, doors: noDoors, grants: 0, undated: new WeakMap() };
  table.groups.set(id, group);
  return group;
}

function setOf(positions: readonly number[], doorCount: number): DoorSet {
  const set = new Uint32Array(Math.ceil(doorCount / 32));
  for (const position of positions) set[position >>> 5] = (set[position >>> 5] ?? 0) | (1 << (position & 31));
  return set;
}

function forgetUser(table: AccessTable, user: UserEntry): void {
  table.users.delete(user.row.id);
  for (const { key } of user.row.credentials) {
    // A key that has meanwhile gone to another user, by a row put earlier in the same patch, is that user's.
    if (entryOf(table.credentials, key)?.grants === user.grants) removeKey(table.credentials, key);
  }
  for (const { target, schedule } of user.row.grants) {
    if (schedule !== null) release(table.schedules, schedule);
    if ('group' in target) release(table.groups, target.group);
  }
}

/** One grant less points there; what nobody names and has no row is forgotten. */
function release(shared: Map<string, { row: object | null; grants: number }>, id: string): void {
  const entry = shared.get(id);
  if (entry === undefined) return;
  entry.grants -= 1;
  if (entry.grants === 0 && entry.row === null) shared.delete(id);
}
