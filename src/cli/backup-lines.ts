import type { z } from 'zod';
import type { system } from '../schema/api/system.ts';
import { printable } from './text-table.ts';

const dayMs = 86_400_000;

/** How the backups stand, as lines of `postern status`; none where the site file asks for none. */
export function backupLines({ backup, time }: Pick<z.infer<typeof system>, 'backup' | 'time'>): string[] {
  if (backup === null) return [];
  const { made, drilled, failure } = backup;
  const isOld = made !== null && Date.parse(time) - Date.parse(made.at) > 2 * dayMs;
  const last = made === null ? 'NO BACKUP YET' : `backup of ${made.at}${isOld ? ', WHICH IS OLD' : ''}`;
  const tried = drilled === null ? 'none restored in a drill yet' : `restored in a drill on ${drilled.at}`;
  const failed =
    failure &&
    `${failure.what === 'drill' ? 'THE DRILL' : 'THE BACKUP'} FAILED on ${failure.at}: ${failure.detail}`;
  return [`${last}; ${tried}`, ...(failed === null ? [] : [printable(failed)])];
}
