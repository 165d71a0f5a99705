import { type AccessTable, putRow, removeRow } from '../core/access-table.ts';
import type { TableVersion } from '../core/table-row.ts';
import type { FromAdmin } from '../link/message.ts';

export type Patch = Extract<FromAdmin, { type: 'patch' }>;
export type Offer = Extract<FromAdmin, { type: 'offer' }>;

/** An offered table on its way: built aside, until it is whole. */
export interface TableBuild {
  offer: number;
  table: AccessTable;
  /** How many rows were offered, and how many have come. */
  rows: number;
  received: number;
  /** Patches that follow the offered version, one upon the other, to be applied when all rows have come. */
  waiting: Patch[];
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
    waiting: [],
    version: offer.version,
  };
}

/** Applies all of a patch, in this turn: nobody decides by half of it. */
export function applyPatch(table: AccessTable, patch: Pick<Patch, 'rows' | 'removed'>): void {
  for (const row of patch.rows) putRow(table, row);
  for (const ref of patch.removed) removeRow(table, ref);
}

/** Versions are the same or not; a difference of revisions means nothing across databases. */
export function sameVersion(a: TableVersion, b: TableVersion): boolean {
  return a.table_id === b.table_id && a.revision === b.revision;
}
