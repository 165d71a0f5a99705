import type { z } from 'zod';
import { AppError, errorTable } from '../core/error.ts';
import type { system } from '../schema/api/system.ts';
import type { HolderView } from '../schema/confirmation.ts';
import { type AdminClient, adminClient } from './admin-client.ts';
import { adminLines, sealedTableLines } from './admin-lines.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { backupLines } from './backup-lines.ts';
import { clockWarnings } from './clock-picture.ts';
import type { Command, CommandIo } from './command.ts';
import { adminSocket } from './daemon.ts';
import { damageLines } from './damage-lines.ts';
import {
  type Door,
  doorTable,
  holderTables,
  partitionTables,
  type Reader,
  readerTable,
} from './device-tables.ts';
import { doorStatus } from './door-status.ts';
import { siteTime } from './site-time.ts';
import { counted, printable } from './text-table.ts';

type System = z.infer<typeof system>;

export const command: Command = {
  name: 'status',
  summary: 'what the doors, readers and locks are doing',
  usage: `postern status [--json]

${daemonUsage}
While the admin process is out of order the door process is asked (door.sock beside the socket above): doors, readers and locks are
shown as ever. Exit code: 3 where something has to be put right (a damaged database, an admin process that ends again and again),
7 while the admin process is being started again.
`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, daemonOptions);
    noMore(positionals);
    const socket = await adminSocket(values, io.env);
    try {
      return await wholeStatus(adminClient(socket), values.json, io);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'daemon_unreachable') throw error;
      return doorStatus(socket, error, values.json, io);
    }
  },
};

async function wholeStatus(client: AdminClient, json: boolean, io: CommandIo): Promise<number> {
  const site = await client.get<System>('/v1/system');
  const [doors, readers, holders] = await Promise.all([
    client.get<{ items: Door[] }>('/v1/doors'),
    client.get<{ items: Reader[] }>('/v1/readers'),
    site.storage.state === 'sound' ? client.get<{ items: HolderView[] }>('/v1/holders') : { items: [] },
  ]);
  if (json) {
    const all = { system: site, doors: doors.items, readers: readers.items, holders: holders.items };
    io.out(`${JSON.stringify(all, null, 2)}\n`);
  } else io.out(siteTime(site.time_zone).in(picture(site, doors.items, readers.items, holders.items)));
  if (site.storage.damage !== null) return errorTable.storage_damaged.exit;
  return (site.doors?.admin.failing_since ?? null) === null ? 0 : errorTable.admin_failing.exit;
}

function picture(
  site: System,
  doors: readonly Door[],
  readers: readonly Reader[],
  holders: readonly HolderView[],
): string {
  const state = site.doors;
  const lines = [
    `${printable(site.name)}  Postern ${site.version}  ${site.time} (${site.time_zone}${site.clock_synced === true ? ', synchronized' : ''})`,
    ...(site.storage.damage === null
      ? [`${counted(site.users, 'user')}, ${counted(site.credentials, 'credential')}`]
      : damageLines(site.storage.damage)),
    state === null
      ? 'THE DOOR PROCESS IS SILENT: what follows is not known to be so now'
      : `table ${site.doors_in_sync ? 'at the doors' : 'ON ITS WAY TO THE DOORS'}; ${counted(state.journal.pending, 'event')} not stored yet`,
    ...(state === null ? [] : adminLines(state.admin, site.time)),
    ...(state === null || site.doors_in_sync ? [] : sealedTableLines(state.table.source, state.table.start)),
    ...(site.disk?.takes_writes === false
      ? ['THE DISK TAKES NO WRITES: changes are refused, doors go on']
      : []),
    ...(site.disk?.low === true ? ['THE DISK IS NEARLY FULL'] : []),
    ...backupLines(site),
    ...clockWarnings(site),
    ...(state?.journal.dropped ? [`EVENTS LOST: ${state.journal.dropped}, the journal was full`] : []),
  ];
  return [
    `${lines.join('\n')}\n`,
    doorTable(doors),
    readerTable(readers),
    ...holderTables(holders),
    ...partitionTables(state?.partitions ?? []),
  ].join('\n');
}
