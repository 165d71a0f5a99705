import { isDeepStrictEqual } from 'node:util';
import { type AccessTable, putRow, removeRow } from '../core/access-table.ts';
import { narrowedRow } from '../core/narrowed-row.ts';
import type { RowRef, TableRow, TableVersion, TimetableRow } from '../core/table-row.ts';
import type { FromAdmin } from '../link/message.ts';

export type Patch = Extract<FromAdmin, { type: 'patch' }>;
export type Offer = Extract<FromAdmin, { type: 'offer' }>;

/** A row as it is from now on; null: it is gone. */
export interface RowChange {
  ref: RowRef;
  row: TableRow | null;
}

/** An offered table on its way: built aside, until it is whole. */
export interface TableBuild {
  offer: number;
  table: AccessTable;
  /** How many rows were offered, and how many have come. */
  rows: number;
  received: number;
  /** What the patches that follow the offered version made of each row (null: it is gone), to be applied when all rows have come. */
  waiting: Map<string, RowChange>;
  /** The version it will be then. */
  version: TableVersion;
}

/** Begins to build an offered table on an empty one. */
export function startBuild(offer: Offer, empty: AccessTable): TableBuild {
  return {
    offer: offer.offer,
    table: empty,
    rows: offer.rows,
    received: 0,
    waiting: new Map(),
    version: offer.version,
  };
}

/** Applies all of a patch, in this turn: nobody decides by half of it. */
export function applyPatch(table: AccessTable, patch: Pick<Patch, 'rows' | 'removed'>): void {
  for (const row of patch.rows) putRow(table, row);
  for (const ref of patch.removed) removeRow(table, ref);
}

/** Keeps a patch for later: of several about one row, the last. */
export function keepPatch(build: TableBuild, patch: Patch): void {
  for (const change of changesOf(patch)) build.waiting.set(`${change.ref.row}/${change.ref.id}`, change);
  build.version = patch.version;
}

/** Applies so many of the rows kept for later. In whatever order they go: a key is never taken from who has it now. */
export function applyWaiting({ table, waiting }: TableBuild, atMost: number): void {
  let left = atMost;
  for (const [key, { ref, row }] of waiting) {
    if (left === 0) return;
    left -= 1;
    waiting.delete(key);
    if (row === null) removeRow(table, ref);
    else putRow(table, row);
  }
}

/**
 * Takes from a table all that a patch takes away, and adds nothing of what it gives. What has moved from one target to another is lost
 * until a newer table comes.
 */
export function narrowBy(table: AccessTable, patch: Patch): void {
  narrowRows(table, changesOf(patch));
}

/** Whether a change takes something away from the table as it is; of some that only rearrange a row it is said, too. */
export function takesAway(table: AccessTable, { ref, row }: RowChange): boolean {
  const held = heldRow(table, ref);
  return held !== null && (row === null || !isDeepStrictEqual(narrowedRow(held, row), held));
}

/** As `narrowBy`, by single changes. */
export function narrowRows(table: AccessTable, changes: readonly RowChange[]): void {
  for (const { ref, row } of changes) {
    const held = heldRow(table, ref);
    if (held === null) continue;
    const newer = row ?? (ref.row === 'timetable' ? alwaysNormal(ref.id) : null);
    const narrowed = newer === null ? null : narrowedRow(held, newer);
    if (narrowed === null) removeRow(table, ref);
    else putRow(table, narrowed);
  }
}

function heldRow(table: AccessTable, { row, id }: RowRef): TableRow | null {
  switch (row) {
    case 'user':
      return table.users.get(id)?.row ?? null;
    case 'door_group':
      return table.groups.get(id)?.row ?? null;
    case 'schedule':
      return table.schedules.get(id)?.row ?? null;
    case 'timetable':
      return table.timetables.get(id) ?? alwaysNormal(id);
  }
}

/** A door without a timetable is normal; that is no less than some timetable would give. */
const alwaysNormal = (id: string): TimetableRow => ({ row: 'timetable', id, from: 0, until: 0, periods: [] });

export const changesOf = ({ rows, removed }: Patch): RowChange[] => [
  ...rows.map((row) => ({ ref: { row: row.row, id: row.id }, row })),
  ...removed.map((ref) => ({ ref, row: null })),
];

/** Versions are the same or not; a difference of revisions means nothing across databases. */
export function sameVersion(a: TableVersion, b: TableVersion): boolean {
  return a.table_id === b.table_id && a.revision === b.revision;
}
