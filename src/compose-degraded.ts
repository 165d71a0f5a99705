import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Configure, DoorLink } from './admin/door-link.ts';
import { doorsService } from './admin/doors.ts';
import { operationsService } from './admin/operations.ts';
import type { AdminService } from './admin/ports.ts';
import type { AdminMachine, ComposedAdmin, Restart } from './admin-machine.ts';
import type { Clock } from './core/clock.ts';
import { AppError } from './core/error.ts';
import { slotHolders } from './core/slot-holder.ts';
import { noCommit } from './core/table-row.ts';
import type { FeedEntry } from './schema/storage.ts';
import type { StorageDamage } from './schema/storage-damage.ts';
import { acceptStore } from './store/accept-store.ts';
import type { GuardParts } from './store/guarded-store.ts';

export interface DegradedParts {
  configure: Configure;
  link: DoorLink;
  clock: Clock;
  log: Logger;
  restart: Restart;
  guard: GuardParts;
  damage: StorageDamage;
  machine: AdminMachine;
}

/** The answer to the command line is on its way before the process ends. */
const answeringMs = 200;

/**
 * The admin process over a damaged database: writes nothing, and answers `storage_unavailable` to whatever needs the database. Doors
 * go on by the table they have; their state, and what is wrong, can be asked for over the Unix socket.
 */
export async function composeDegraded(parts: DegradedParts): Promise<ComposedAdmin> {
  const { configure, link, clock, log, damage, machine } = parts;
  const { version, site, table } = configure;
  log.error(
    { faults: damage.faults, kinds: damage.kinds, missing: damage.missing_in_all },
    'the database is damaged: nothing is written to it, and doors go by the table they have; postern check --store says more',
  );
  link.send({ type: 'storage_damaged', faults: [...damage.faults] });
  const service = degradedService(parts);
  const digest = (): string => {
    throw unavailable(damage);
  };
  const api = await machine.serve(service, { version, logger: log, clock, digest }, site.api);
  link.ready(table ?? noCommit, api.url);
  return { service, url: api.url, close: () => api.close() };
}

function degradedService({
  configure,
  link,
  clock,
  log,
  damage,
  guard,
  restart,
}: DegradedParts): AdminService {
  const { site, version, table } = configure;
  const doors = doorsService(site, link, () => false);
  const storage = { state: 'damaged' as const, damage };
  const rest = refusingService(() => unavailable(damage));
  return {
    ...rest,
    system: () => ({
      id: site.id,
      name: site.name,
      version,
      time: new Date(clock.wall()).toISOString(),
      time_zone: site.time_zone,
      users: 0,
      credentials: 0,
      revision: table?.revision ?? 0,
      feed_cursor: '',
      feed: { entries: 0, consumers: [], webhooks: [] },
      storage,
      disk: null,
      backup: null,
      doors_in_sync: false,
      doors: doors.status(),
    }),
    storage: () => storage,
    doors,
    operations: operationsService(
      clock,
      (size) => randomBytes(size),
      (error) => log.error({ err: error }, 'unexpected'),
    ),
    database: {
      dump: rest.database.dump,
      async accept() {
        const accepted = await acceptStore({
          ...guard,
          holders: slotHolders(site),
          told: (given) => [acceptedEntry(given, site.id, guard.newId(), clock)],
        });
        clock.after(answeringMs, () => restart('database_accepted'));
        return accepted;
      },
    },
  };
}

function acceptedEntry(
  { faults, commits, missing_in_all }: StorageDamage,
  siteId: string,
  id: string,
  clock: Clock,
): Omit<FeedEntry, 'seq'> {
  return {
    id,
    type: 'storage.accepted',
    time: new Date(clock.wall()).toISOString(),
    resource: `system/${siteId}`,
    revision: null,
    data: {
      faults,
      commits_lost: Math.max(0, commits.should - commits.found),
      records_missing: missing_in_all,
    },
  };
}

function unavailable({ faults }: StorageDamage): AppError {
  return new AppError(
    'storage_unavailable',
    `the database is damaged (${faults.join('; ')}); doors go on. On the controller: postern check --store says what is missing, then postern restore FILE goes back to a backup, or postern store accept goes on with what is left`,
  );
}

/** Members of the service that need the database; the place in the feed, which all lists tell, is none. */
function refusingService(why: () => AppError): Omit<AdminService, 'system' | 'storage'> {
  const refuse = <T extends object>(but: Partial<T> = {}): T =>
    new Proxy(but as T, {
      get: (answering, member) =>
        Reflect.get(answering, member) ??
        (() => {
          throw why();
        }),
    });
  return {
    database: refuse(),
    users: refuse(),
    credentials: refuse(),
    access: refuse(),
    door_groups: refuse(),
    schedules: refuse(),
    holidays: refuse(),
    timetables: refuse(),
    warnings: refuse(),
    doors: refuse(),
    door_access: refuse<AdminService['door_access']>({ capabilities: () => null }),
    holders: refuse(),
    confirmations: refuse(),
    feed: refuse<AdminService['feed']>({ cursor: () => '' }),
    consumers: refuse(),
    webhooks: refuse(),
    imports: refuse(),
    operations: refuse(),
    keys: refuse(),
    idempotency: refuse(),
  };
}
