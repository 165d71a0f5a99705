import { clockAnswer, doorAnswer, readerAnswer, statusAnswer } from '../api/status-answer.ts';
import { type AppError, errorTable } from '../core/error.ts';
import { doorSocketPath } from '../door/door-socket.ts';
import type { LocalStatus } from '../door/local-order.ts';
import { adminLines, sealedTableLines } from './admin-lines.ts';
import { clockWarnings } from './clock-picture.ts';
import type { CommandIo } from './command.ts';
import { doorTable, partitionTables, readerTable } from './device-tables.ts';
import { doorClient } from './door-client.ts';
import { siteTime } from './site-time.ts';
import { counted, printable } from './text-table.ts';

/**
 * The status as the door process tells it while the admin process does not answer. Resolves with the exit code; throws `unreachable` where
 * the door process does not answer either.
 * @param adminSocket where the admin process should have answered
 */
export async function doorStatus(
  adminSocket: string,
  unreachable: AppError,
  json: boolean,
  io: CommandIo,
): Promise<number> {
  const told = await doorClient(doorSocketPath(adminSocket))
    .status()
    .catch(() => {
      throw unreachable;
    });
  const known = knownOf(told);
  io.out(json ? `${JSON.stringify(known, null, 2)}\n` : siteTime(known.system.time_zone).in(picture(known)));
  const failing = known.system.doors.admin.failing_since !== null;
  return failing ? errorTable.admin_failing.exit : unreachableExit;
}

const unreachableExit = errorTable.daemon_unreachable.exit;

/** As far as it is known, in the same members as ever. */
function knownOf({ site, version, time, status }: LocalStatus) {
  const { name, time_zone } = site;
  return {
    system: { name, version, time, time_zone, clock: clockAnswer(status.clock), doors: statusAnswer(status) },
    doors: site.doors.map((door) => doorAnswer(door, site, status, null)),
    readers: site.readers.map((reader) => readerAnswer(reader, site, status)),
    holders: [],
  };
}

function picture({ system, doors, readers }: ReturnType<typeof knownOf>): string {
  const { journal, table, admin, partitions } = system.doors;
  const lines = [
    `${printable(system.name)}  Postern ${system.version}  ${system.time} (${system.time_zone})`,
    ...adminLines(admin, system.time),
    ...(table.source === 'none'
      ? []
      : [`doors go on: ${counted(table.users, 'user')}, ${counted(table.credentials, 'credential')}`]),
    ...sealedTableLines(table.source, table.start),
    `waiting in the door journal: ${counted(journal.pending, 'event')}`,
    ...(journal.dropped === 0 ? [] : [`EVENTS LOST: ${journal.dropped}, the journal was full`]),
    ...clockWarnings({ time: system.time, clock: system.clock, feed: noFeed }),
  ];
  return [
    `${lines.join('\n')}\n`,
    doorTable(doors),
    readerTable(readers),
    ...partitionTables(partitions),
  ].join('\n');
}

const noFeed = { entries: 0, consumers: [], webhooks: [] };
