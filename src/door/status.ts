import { tableCounts } from '../core/access-table.ts';
import { alarmsOf } from '../core/door-state.ts';
import type { SystemStarted } from '../core/event.ts';
import type { LockBus } from '../core/lock.ts';
import type { ReaderBus } from '../core/reader.ts';
import type { Site } from '../core/site.ts';
import type { AdminStanding, DoorStatus, DoorsStatus, TableStart } from '../core/status.ts';
import { noCommit } from '../core/table-row.ts';
import type { DoorController } from './door-controller.ts';
import type { Entrance } from './entrance.ts';
import type { Holders } from './holders.ts';
import type { Journal } from './journal.ts';
import type { ModeKeeper } from './mode-keeper.ts';
import type { Pairing } from './pairing.ts';
import type { Partitions } from './partitions.ts';
import type { ReaderInputs } from './reader-inputs.ts';
import type { ReaderOutputs } from './reader-outputs.ts';
import type { TableKeeper } from './table-keeper.ts';
import type { ClockKeeper } from './trusted-clock.ts';

export interface StatusParts {
  site: Site;
  /** Buses by the name of their port. */
  readerBuses: ReadonlyMap<string, ReaderBus>;
  lockBuses: ReadonlyMap<string, LockBus>;
  doors: readonly DoorController[];
  /** By the door's id. */
  modes: ReadonlyMap<string, Pick<ModeKeeper, 'status'>>;
  entrances: readonly Entrance[];
  inputs: Pick<ReaderInputs, 'contactLost'>;
  outputs: Pick<ReaderOutputs, 'status'>;
  partitions: Partitions;
  holders: Pick<Holders, 'status'>;
  pairing: Pick<Pairing, 'channel'>;
  table: Pick<TableKeeper, 'inForce'>;
  tableStart: TableStart;
  admin(): AdminStanding;
  journal: Pick<Journal, 'health'>;
  trustedClock: Pick<ClockKeeper, 'status'>;
  startedAt: number;
  pid: number;
}

/** The full picture of now. */
export function doorsStatus(parts: StatusParts): DoorsStatus {
  const { site, readerBuses, lockBuses } = parts;
  const locks = site.locks.flatMap(({ id, name, port }) => {
    const bus = lockBuses.get(port);
    return bus === undefined ? [] : [{ id, name, ...bus.health(name) }];
  });
  const inForce = parts.table.inForce();
  return {
    doors: parts.doors.flatMap((door) => {
      const lock = locks.find(({ name }) => name === door.door.lock);
      const output = lock?.online === true ? (lock.output ?? null) : null;
      const mode = parts.modes.get(door.door.id)?.status();
      return mode === undefined ? [] : [{ ...doorStatus(door, parts.entrances, output, parts.inputs), mode }];
    }),
    readers: site.readers.flatMap((reader) => {
      const bus = readerBuses.get(reader.port);
      if (bus === undefined) return [];
      const outputs = parts.outputs.status(reader);
      return [{ id: reader.id, ...bus.health(reader.name), ...parts.pairing.channel(reader), outputs }];
    }),
    locks: locks.map(({ name: _, ...lock }) => lock),
    partitions: parts.partitions.status(),
    holders: parts.holders.status(),
    table:
      inForce === null
        ? { revision: null, source: 'none', users: 0, credentials: 0, start: parts.tableStart }
        : {
            revision: inForce.version.table_id === noCommit.table_id ? null : inForce.version.revision,
            source: inForce.source,
            ...tableCounts(inForce.table),
            start: parts.tableStart,
          },
    admin: parts.admin(),
    journal: parts.journal.health(),
    clock: parts.trustedClock.status(),
    started_at: parts.startedAt,
    pid: parts.pid,
  };
}

/** What `system.started` says. */
export const systemStarted = (
  version: string,
  { found, written_at, why }: TableStart,
  opens: boolean,
): SystemStarted => ({
  version,
  table: opens ? 'snapshot' : 'none',
  sealed: found,
  written_at: written_at === null ? null : new Date(written_at).toISOString(),
  why,
});

/**
 * @param output the lock's read-back; null while it is out of reach: then a contact on the same board is unknown too
 * @param inputs tells whether a contact at a reader can be read
 */
function doorStatus(
  { door, state }: DoorController,
  entrances: readonly Entrance[],
  output: 'secured' | 'released' | null,
  inputs: Pick<ReaderInputs, 'contactLost'>,
): Omit<DoorStatus, 'mode'> {
  const { contact } = state();
  const unseen = door.contact === undefined ? output === null : inputs.contactLost(door.id);
  const ends = entrances
    .filter(({ reader }) => door.readers.includes(reader.name))
    .flatMap(({ keypad }) => keypad.lockedOutUntil() ?? []);
  return {
    id: door.id,
    lock: output ?? 'unknown',
    contact: unseen ? 'unknown' : contact.is,
    locked_out_until: ends.length === 0 ? null : Math.max(...ends),
    ...alarmsOf(state()),
  };
}
