import type { AccessTable } from '../core/access-table.ts';
import type { Narrowings } from './narrowings.ts';
import { changesOf, type Patch, takesAway } from './table-build.ts';
import type { TableSealer } from './table-sealer.ts';

/** Whether the disk gives the doors, after a power cut, no more than they give now. */
export interface TableSafety {
  /** This patch is about to change the table in force. */
  patched(table: AccessTable, patch: Patch): void;
  /** Another table is in force. */
  swapped(): void;
  /** Calls `done` when a start from the disk would give back nothing of what has been taken away till now; at once where that is so. */
  whenSafe(done: () => void): void;
}

/** What patches take away is kept as narrowings, and so is what becomes of those rows later; another table is safe when it is sealed. */
export function tableSafety(
  narrowings: Pick<Narrowings, 'add' | 'holds' | 'whenKept'>,
  sealer: Pick<TableSealer, 'whenWritten'>,
): TableSafety {
  let swaps = 0;
  let sealedSwaps = 0;
  return {
    patched(table, patch) {
      narrowings.add(
        changesOf(patch).filter((change) => narrowings.holds(change.ref) || takesAway(table, change)),
      );
    },
    swapped() {
      swaps += 1;
    },
    whenSafe(done) {
      const swap = swaps;
      if (swap === sealedSwaps) narrowings.whenKept(done);
      else {
        sealer.whenWritten(() => {
          sealedSwaps = Math.max(sealedSwaps, swap);
          narrowings.whenKept(done);
        });
      }
    },
  };
}
