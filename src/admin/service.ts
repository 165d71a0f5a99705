import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { openZone } from '../scheduler/zone.ts';
import type { FeedEntry, Marks, Store } from '../schema/storage.ts';
import type { StorageInfo } from '../schema/storage-damage.ts';
import { accessService } from './accesses.ts';
import { type BackupWorks, scheduledBackups } from './backups.ts';
import { feedConsumers } from './consumers.ts';
import { credentialsService } from './credentials.ts';
import type { DeviceProgramming } from './device-programming.ts';
import { doorGroupsService } from './door-groups.ts';
import type { DoorLink } from './door-link.ts';
import { doorsService } from './doors.ts';
import { feedService } from './feed.ts';
import { feedRetention } from './feed-retention.ts';
import { holidaysService } from './holidays.ts';
import { idempotencyKeys } from './idempotency.ts';
import { importsService } from './import.ts';
import { keysService } from './keys.ts';
import type { KnownTime } from './known-time.ts';
import { operationsService } from './operations.ts';
import type { AdminService, DumpService } from './ports.ts';
import { recordWriter } from './record-writer.ts';
import { schedulesService } from './schedules.ts';
import { spaceWatch } from './space-watch.ts';
import type { Directory, Vault } from './storage.ts';
import type { TablePublisher } from './table-publisher.ts';
import { timetablesService } from './timetables.ts';
import { usersService } from './users.ts';
import { warningsService } from './warnings.ts';
import { webhookDispatcher } from './webhook/dispatcher.ts';
import type { WebhookSender } from './webhook/sender.ts';
import type { Targets } from './webhook/targets.ts';
import { webhooksService } from './webhooks.ts';

export interface AdminParts {
  site: Site;
  version: string;
  store: Store;
  directory: Directory;
  vault: Vault;
  /** Keyed hashes of PINs nobody may have. */
  reservedPins: ReadonlySet<string>;
  link: DoorLink;
  publisher: TablePublisher;
  devices: DeviceProgramming;
  time: Pick<KnownTime, 'believed'>;
  clock: Clock;
  random(bytes: number): Uint8Array;
  /** How far consumers and webhooks had got, from the store. */
  marks: { [K in keyof Marks]: ReadonlyMap<string, Marks[K]> };
  /** On the disk of the state directory. */
  freeBytes(): Promise<number>;
  targets: Targets;
  sender: WebhookSender;
  /** Every key and value as of one commit. */
  dump(): ReturnType<DumpService['dump']>['entries'];
  backups: BackupWorks;
  /** An error nobody foresaw, for the log. */
  unexpected(error: unknown): void;
}

/** Everything the API offers, put together. `start` begins to push; `close` ends whoever waits, and keeps how far webhooks got. */
export function adminService(parts: AdminParts): {
  service: AdminService;
  /** @param found something to tell of the database, now that the feed can be written */
  start(found: Pick<FeedEntry, 'type' | 'data'> | null): void;
  close(): Promise<void>;
} {
  const { store, directory, vault, link, publisher, clock, random } = parts;
  const feed = feedService(store, directory, clock);
  const doors = doorsService(parts.site, link, publisher.inSync);
  const shared = {
    directory,
    reservedPins: parts.reservedPins,
    vault,
    clock,
    random,
    planner: parts.devices.planner,
    writer: recordWriter({ directory, inForce: publisher, clock, random, planner: parts.devices.planner }),
    site: doors.site,
    feedCursor: feed.cursor,
  };
  const credentials = credentialsService(shared);
  const { marks, targets, sender, unexpected: failed } = parts;
  const consumers = feedConsumers({ store, directory, clock, marks: marks.consumer });
  const dispatcher = webhookDispatcher({
    ...shared,
    siteId: parts.site.id,
    store,
    sender,
    marks: marks.delivery,
    failed,
  });
  const retention = feedRetention({
    store,
    directory,
    clock,
    random,
    limits: parts.site.feed,
    believed: parts.time.believed,
    places: () => new Map([...consumers.places(), ...dispatcher.places()]),
    failed,
  });
  const backups = scheduledBackups({
    rules: parts.site.backup ?? null,
    siteId: parts.site.id,
    zone: openZone(parts.site.time_zone),
    works: parts.backups,
    directory,
    writer: shared.writer,
    clock,
    marks: marks.backup,
    failed,
  });
  const space = spaceWatch({
    free: parts.freeBytes,
    warnBelowBytes: parts.site.storage.warn_below_bytes,
    note: shared.writer.note,
    resource: `system/${parts.site.id}`,
    clock,
    failed,
  });
  const service: AdminService = {
    system: () => ({
      id: parts.site.id,
      name: parts.site.name,
      version: parts.version,
      time: new Date(clock.wall()).toISOString(),
      time_zone: parts.site.time_zone,
      users: directory.users.size,
      credentials: directory.credentials.size,
      revision: store.revision(),
      feed_cursor: feed.cursor(),
      feed: {
        entries: store.feedSeq() - store.feedTrimmed(),
        consumers: consumers.list().map(({ name, lag }) => ({ name, lag })),
        webhooks: dispatcher.report(),
      },
      storage: soundStorage,
      disk: { takes_writes: !store.refusing(), free_bytes: space.free(), low: space.low() },
      backup: backups.standing(),
      doors_in_sync: doors.inSync(),
      doors: doors.status(),
    }),
    storage: () => soundStorage,
    database: {
      accept: () =>
        Promise.reject(
          new AppError('invalid_input', 'nothing is missing in the database: there is nothing to accept'),
        ),
      dump: () => ({ store_id: store.id, about: entriesOf(store, directory), entries: parts.dump() }),
    },
    users: usersService(shared),
    credentials,
    ...parts.devices.services(credentials, feed.cursor),
    access: accessService(shared),
    door_groups: doorGroupsService(shared),
    schedules: schedulesService(shared),
    holidays: holidaysService(shared),
    timetables: timetablesService(shared),
    warnings: warningsService(shared),
    doors,
    feed,
    consumers,
    webhooks: webhooksService({ ...shared, store, targets, dispatcher }),
    imports: importsService(shared),
    operations: operationsService(clock, random, parts.unexpected),
    keys: keysService(shared),
    idempotency: idempotencyKeys(store, clock, parts.time.believed),
  };
  return {
    service,
    start(found) {
      if (found !== null) {
        shared.writer.note({ ...found, resource: `system/${parts.site.id}` }).catch(failed);
      }
      dispatcher.start();
      backups.start();
    },
    close() {
      space.close();
      backups.close();
      feed.close();
      retention.close();
      return dispatcher.close();
    },
  };
}

const soundStorage: StorageInfo = { state: 'sound', damage: null };

/** About how many keys the database has. */
function entriesOf(store: Pick<Store, 'feedSeq' | 'feedTrimmed'>, directory: Directory): number {
  const records = [
    directory.users,
    directory.credentials,
    directory.access,
    directory.slots,
    directory.confirmations,
  ];
  return store.feedSeq() - store.feedTrimmed() + records.reduce((sum, { size }) => sum + size, 0);
}
