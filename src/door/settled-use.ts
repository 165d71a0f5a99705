import { noCommit } from '../core/table-row.ts';
import type { UseCount } from './journal-record.ts';
import type { TableInForce } from './table-keeper.ts';

/**
 * Whether the journal may forget a use: the table in force counts it or knows of a newer allowance, or it is a whole one of the admin process
 * and has no such code any more.
 */
export function isSettled(use: UseCount, inForce: TableInForce | null): boolean {
  const user = inForce?.table.users.get(use.user_id);
  const uses = user?.row.credentials.find(({ id }) => id === use.credential_id)?.uses;
  if (uses != null) {
    const { generation, used } = uses;
    return generation > use.generation || (generation === use.generation && used >= use.used);
  }
  return inForce?.source === 'admin' && inForce.version.table_id !== noCommit.table_id;
}
