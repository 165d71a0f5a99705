import type { Site, SiteCodeLock, SiteDoor, SiteReader } from '../core/site.ts';
import type { AdminStanding, DoorStatus, DoorsStatus } from '../core/status.ts';
import type { DoorCapabilities } from '../schema/api/effective-access.ts';
import type { BackupStanding } from '../schema/storage.ts';

const instant = (wallMs: number): string => new Date(wallMs).toISOString();
const instantOf = (wallMs: number | null): string | null => (wallMs === null ? null : instant(wallMs));

/** The state of one door as the API shows it; everything `unknown` where the door process is silent. */
function doorState(status: DoorStatus | undefined) {
  if (status === undefined) {
    return {
      lock: 'unknown',
      contact: 'unknown',
      locked_out_until: null,
      held_open: false,
      forced_open: false,
      mode: null,
    } as const;
  }
  const { mode, locked_out_until, ...rest } = status;
  const { override } = mode;
  return {
    ...rest,
    locked_out_until: instantOf(locked_out_until),
    mode: { ...mode, override: override && { ...override, until: instantOf(override.until) } },
  };
}

/** The door process's picture with instants instead of wall milliseconds. */
export function statusAnswer({ clock: _, ...status }: DoorsStatus) {
  return {
    ...status,
    doors: status.doors.map((door) => ({ ...doorState(door), id: door.id })),
    readers: status.readers.map((reader) => ({ ...reader, pairing_until: instantOf(reader.pairing_until) })),
    partitions: status.partitions.map((partition) => ({ ...partition, since: instant(partition.since) })),
    holders: status.holders.map((holder) => ({ ...holder, since: instant(holder.since) })),
    table: {
      ...status.table,
      start: { ...status.table.start, written_at: instantOf(status.table.start.written_at) },
    },
    admin: adminAnswer(status.admin),
    started_at: instant(status.started_at),
  };
}

/** The admin process as the door process sees it, with instants. */
function adminAnswer({ last_end, ...admin }: AdminStanding) {
  return {
    ...admin,
    since: instant(admin.since),
    next_at: instantOf(admin.next_at),
    failing_since: instantOf(admin.failing_since),
    last_end: last_end && { ...last_end, at: instant(last_end.at) },
  };
}

/** What is known of the wall clock. */
export function clockAnswer({ synced, doubt, high_water }: DoorsStatus['clock']) {
  return {
    synced,
    trusted: doubt === null,
    never_set: doubt === 'not_set',
    doubt,
    high_water: instantOf(high_water),
  };
}

/** How backups go, with instants. */
export function backupAnswer(standing: BackupStanding | null) {
  if (standing === null) return null;
  const { made, drilled, failure } = standing;
  return {
    made: made && { ...made, at: instant(made.at) },
    drilled: drilled && { ...drilled, at: instant(drilled.at) },
    failure: failure && { ...failure, at: instant(failure.at) },
  };
}

/** Whether a lock that decides by itself can be reached; one that is asleep will be, when it wakes. */
function reached(status: DoorsStatus | null, holderId: string): boolean | null {
  const found = status?.holders.find(({ id }) => id === holderId);
  if (found === undefined || found.state === 'unknown') return null;
  return found.state !== 'offline';
}

/** A door: what the site file says, and how it is. */
export function doorAnswer(
  door: SiteDoor,
  site: Pick<Site, 'locks' | 'readers'> & { code_locks: readonly Pick<SiteCodeLock, 'id' | 'name'>[] },
  status: DoorsStatus | null,
  capabilities: DoorCapabilities | null,
) {
  const lockId = site.locks.find(({ name }) => name === door.lock)?.id ?? null;
  const holderId = site.code_locks.find(({ name }) => name === door.lock)?.id ?? null;
  const lock = status?.locks.find(({ id }) => id === lockId);
  return {
    id: door.id,
    name: door.name,
    title: door.title,
    lock_id: lockId,
    holder_id: holderId,
    reader_ids: site.readers.filter(({ name }) => door.readers.includes(name)).map(({ id }) => id),
    strike_ms: door.strike_ms,
    restricted_by: door.restricted_by,
    insecure: site.readers.some(({ name, secure }) => !secure && door.readers.includes(name)),
    ...doorState(status?.doors.find(({ id }) => id === door.id)),
    lock_online: holderId === null ? (lock?.online ?? null) : reached(status, holderId),
    capabilities,
  };
}

const notHeardOf = ({ name }: { name: string }) => ({ name, state: 'unknown', fault: null }) as const;

/** A reader: what the site file says, and how it is. */
export function readerAnswer(reader: SiteReader, site: Pick<Site, 'doors'>, status: DoorsStatus | null) {
  const { id, name, protocol, port, address } = reader;
  const health = status?.readers.find((one) => one.id === id);
  return {
    id,
    name,
    door_id: site.doors.find(({ readers }) => readers.includes(name))?.id ?? null,
    protocol,
    port,
    address,
    online: health?.online ?? null,
    secure: reader.secure,
    security: reader.secure ? (health?.security ?? null) : 'insecure',
    pairing_until: instantOf(health?.pairing_until ?? null),
    identity: health?.identity ?? null,
    exchanges: health?.exchanges ?? 0,
    timeouts: health?.timeouts ?? 0,
    damaged: health?.damaged ?? 0,
    recent: health?.recent ?? null,
    outputs: (reader.outputs ?? []).map(
      (output) => health?.outputs.find((one) => one.name === output.name) ?? notHeardOf(output),
    ),
  };
}
