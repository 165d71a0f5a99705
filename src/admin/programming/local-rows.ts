import type { Confirmation } from '../../core/confirmation.ts';
import type { Change } from '../../schema/storage.ts';
import type { Ledger } from './ledger.ts';
import { localRules } from './planner.ts';

/** The controller's own table as a device: its rows are confirmed when the doors go by the commit that made them. */
export interface LocalRows {
  /** Follows a commit that has become durable. */
  committed(changes: readonly Change[], revision: number): void;
  /** The doors go by the table of this revision. True when rows wait to be settled. */
  applied(revision: number): boolean;
  /** Settles rows into the ledger, at most so many; true when more are left. */
  settle(into: Ledger, rowOf: (id: string) => Confirmation | undefined, max: number): boolean;
}

interface Waiting {
  /** Of the row. Another one since waits for its own commit. */
  revision: number;
  /** Of the table. */
  commit: number;
}

/** @param known rows found at the start; they are in the newest table */
export function localRows(controllerId: string, known: Iterable<Confirmation>, newest: number): LocalRows {
  const waiting = new Map<string, Waiting>();
  let inForce = -1;
  const follow = (row: Confirmation, commit: number): void => {
    if (row.holder_id !== controllerId) return;
    if (row.state === 'pending' || row.state === 'removing')
      waiting.set(row.id, { revision: row.revision, commit });
    else waiting.delete(row.id);
  };
  for (const row of known) follow(row, newest);
  const isReady = ({ commit }: Waiting): boolean => commit <= inForce;

  return {
    committed(changes, revision) {
      for (const change of changes) {
        if (change.kind !== 'confirmation') continue;
        if (change.after === null) waiting.delete(change.id);
        else follow(change.after, revision);
      }
    },
    applied(revision) {
      inForce = revision;
      for (const one of waiting.values()) if (isReady(one)) return true;
      return false;
    },
    settle(into, rowOf, max) {
      let left = max;
      for (const [id, one] of waiting) {
        if (!isReady(one)) continue;
        if (left === 0) return true;
        left -= 1;
        const row = rowOf(id);
        if (row === undefined || row.revision !== one.revision) continue;
        const proof = { type: 'proved', evidence: 'local', revision: row.revision } as const;
        into.step(row, row.state === 'removing' ? { type: 'emptied' } : proof, localRules);
      }
      return false;
    },
  };
}
