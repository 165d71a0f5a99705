import type { Confirmation, LateReason } from '../../core/confirmation.ts';
import { isOccupied, slotNumbers } from '../../core/slot.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import type { Directory } from '../storage.ts';
import { agenda } from './agenda.ts';
import { obstacle, type Reach } from './dispatch.ts';
import type { Ledger } from './ledger.ts';
import type { HolderBook } from './wants.ts';

/**
 * So long before its start a code is looked at: time enough to have the partition disarmed, to wake the lock or to send somebody there, and
 * near enough that most of what stands against it now will still do so then.
 */
export const aheadMs = 900_000;
/** What stands against a code has done so for as long before it is told: not while the site starts, nor of a lock that wakes each moment. */
const standingMs = 60_000;
/** Rows told of in one commit; the next ones follow in the next. */
const toldPerCommit = 500;

/** Watches codes whose start is near, and tells of those that their device could not take, while something can still be done. */
export interface Starts {
  /** A row as it has become; null: it is gone. */
  follow(id: string, row: Confirmation | null): void;
  /** Looks at the rows whose start is near. */
  look(into: Ledger, book: HolderBook, reachOf: (holder: SlotHolder) => Reach): void;
  /** When to look again (wall ms) if nothing else happens; null: no row waits for its start. */
  next(): number | null;
}

/** @param changesAt when what a credential has in its devices next changes by the clock (wall ms); null: never */
export function starts(
  directory: Pick<Directory, 'confirmations'>,
  changesAt: (credentialId: string) => number | null,
): Starts {
  const far = agenda();
  /** Ids of rows whose start is near, and since when something stands against each (wall ms). */
  const near = new Map<string, number | null>();

  /** Rows whose start is near, by device, in the order of their starts. */
  function nearRows(now: number): Map<string, Coming[]> {
    for (const id of far.due(now)) near.set(id, null);
    const found = new Map<string, Coming[]>();
    for (const id of near.keys()) {
      const row = directory.confirmations.get(id);
      const start = row === undefined ? null : startOf(row);
      // One that has come is planned anew in this turn.
      if (row === undefined || start === null || start <= now) near.delete(id);
      else if (start - aheadMs > now) {
        // The clock was put back.
        near.delete(id);
        far.set(id, start - aheadMs);
      } else {
        const rows = found.get(row.holder_id) ?? [];
        if (rows.push({ row, start }) === 1) found.set(row.holder_id, rows);
      }
    }
    for (const rows of found.values()) rows.sort((a, b) => a.start - b.start);
    return found;
  }

  /** From when on each slot of a device can be had (wall ms), the earliest first. */
  const vacancies = (into: Ledger, { id, traits }: SlotHolder): number[] =>
    [...slotNumbers(traits)]
      .map((number) => {
        const slot = into.slot(id, number);
        if (slot === undefined || !isOccupied(slot, Number.POSITIVE_INFINITY)) return slot?.rests_until ?? 0;
        // It goes with the credential in it. What nobody here made stays.
        if (slot.credential_id === null) return Number.POSITIVE_INFINITY;
        const row = into.rowAt(slot.credential_id, id);
        return row?.state === 'removing' ? 0 : (changesAt(slot.credential_id) ?? Number.POSITIVE_INFINITY);
      })
      .sort((a, b) => a - b);

  return {
    follow(id, row) {
      const start = row === null ? null : startOf(row);
      near.delete(id);
      far.set(id, start === null ? null : start - aheadMs);
    },
    look(into, book, reachOf) {
      let left = toldPerCommit;
      for (const [holderId, rows] of nearRows(into.now)) {
        const holder = book.holders.get(holderId);
        if (holder === undefined) continue;
        const reach = reachOf(holder);
        const room = vacancies(into, holder);
        for (const [i, { row, start }] of rows.entries()) {
          const full = (room[i] ?? Number.POSITIVE_INFINITY) > start;
          const why: LateReason | null = obstacle(reach, row.partitions) ?? (full ? 'slots_full' : null);
          const since = why === null ? null : (near.get(row.id) ?? into.now);
          near.set(row.id, since);
          if (why !== null && since !== null && into.now - since >= standingMs && left > 0) {
            left -= 1;
            into.step(row, { type: 'late', waits_for: why }, holder.traits);
          }
        }
      }
    },
    next() {
      let next = far.next();
      for (const since of near.values()) {
        if (since !== null && (next === null || since + standingMs < next)) next = since + standingMs;
      }
      return next;
    },
  };
}

interface Coming {
  row: Confirmation;
  start: number;
}

/** When a row is to be begun (wall ms); null: it has begun, or it was told that it will be late. */
const startOf = ({ state, reason, late, next_attempt_at }: Confirmation): number | null =>
  state === 'pending' && reason === 'not_yet_due' && !late ? next_attempt_at : null;
