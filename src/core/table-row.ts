import type { ScheduleEdges } from './schedule.ts';
import type { Timetable } from './timetable.ts';

/**
 * The access table as it crosses the Link and lies in the sealed snapshot: one row per user with all that
 * concerns the user, one per door group and schedule. A row is never changed in place, always replaced.
 * Times are wall milliseconds; null is unbounded. `from` is included, `until` is not.
 */
export type TableRow = UserRow | DoorGroupRow | ScheduleRow | TimetableRow;

export interface UserRow {
  row: 'user';
  id: string;
  suspended: boolean;
  from: number | null;
  until: number | null;
  credentials: CredentialRow[];
  grants: GrantRow[];
}

/** `key` is the keyed hash of the credential's value (see `LookupKey`). */
export interface CredentialRow {
  id: string;
  key: string;
  draft: boolean;
  blocked: boolean;
  duress: boolean;
  from: number | null;
  until: number | null;
  /** A number of uses: `used` of `max` as the directory knows it; a new allowance is a new generation. */
  uses: { max: number; used: number; generation: number } | null;
}

/**
 * Where, from when until when, and inside which schedule (null: always). Targets and schedules nobody knows (gone from the
 * site file) grant nothing.
 */
export interface GrantRow {
  target: { door: string } | { group: string };
  schedule: string | null;
  from: number | null;
  until: number | null;
}

export interface DoorGroupRow {
  row: 'door_group';
  id: string;
  doors: string[];
}

/** A schedule worked out; it grants nothing beyond its bounds. */
export interface ScheduleRow extends ScheduleEdges {
  row: 'schedule';
  id: string;
}

/** How a door stands when. */
export interface TimetableRow extends Timetable {
  row: 'timetable';
  /** The door's id. */
  id: string;
}

/** Names a row for removal. */
export type RowRef = { row: TableRow['row']; id: string };

/** Which table a row belongs to: a database, and its committed change. Compared, never computed with. */
export interface TableVersion {
  /** Id of the database; a restore makes a new one. */
  table_id: string;
  revision: number;
}

/** Of a table that is no commit's, because newer rows have narrowed it: nothing fits upon it, and a whole table follows. */
export const noCommit: TableVersion = { table_id: '', revision: 0 };
