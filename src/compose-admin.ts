import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import type { Logger } from 'pino';
import { deviceProgramming } from './admin/device-programming.ts';
import { openDirectory } from './admin/directory.ts';
import type { Configure, DoorLink } from './admin/door-link.ts';
import { horizonKeeper } from './admin/horizon.ts';
import { journalIntake } from './admin/journal-intake.ts';
import { knownTime } from './admin/known-time.ts';
import { rowSources } from './admin/row-sources.ts';
import { scheduleSources } from './admin/schedule-sources.ts';
import { adminService } from './admin/service.ts';
import { tablePublisher } from './admin/table-publisher.ts';
import { timetableSources } from './admin/timetable-sources.ts';
import { openVault } from './admin/vault.ts';
import { httpSender } from './admin/webhook/http-sender.ts';
import { webhookTargets } from './admin/webhook/targets.ts';
import { type AdminMachine, type ComposedAdmin, type Restart, thisMachine } from './admin-machine.ts';
import { backupWorks } from './compose-backup.ts';
import { composeDegraded } from './compose-degraded.ts';
import { storageGuard, tellFound, tidyCopies } from './compose-storage.ts';
import type { Clock } from './core/clock.ts';
import { keyedHash } from './door/keyed-hash.ts';
import { openZone } from './scheduler/zone.ts';
import { entries, readable } from './store/database.ts';
import { wholeRange } from './store/store-key.ts';

/**
 * Puts the admin process together for the site the door process named, and tells it when all is ready. The doors get
 * their table, and their journal its place, before anybody can call the API. With a damaged database it does none of this, and only says
 * what is missing. Throws AppError for what cannot be opened.
 */
export async function composeAdmin(
  configure: Configure,
  link: DoorLink,
  clock: Clock,
  log: Logger,
  restart: Restart,
  machine: AdminMachine = thisMachine,
): Promise<ComposedAdmin> {
  const { site, version, table, reserved_pins } = configure;
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const keys = await machine.readKeys(site.key_file);
  const vault = openVault({ lookupKey: keyedHash(keys.lookup), ...keys }, random);
  const guard = storageGuard(configure, keys, clock, log);
  const guarded = await machine.openStore(guard);
  if (guarded.kind === 'damaged') {
    return composeDegraded({ configure, link, clock, log, restart, guard, damage: guarded.damage, machine });
  }
  const { store, database } = guarded;
  const directory = await openDirectory(store);

  const schedules = scheduleSources(directory, site, openZone(site.time_zone));
  const publisher = tablePublisher({
    tableId: store.id,
    revision: store.recordsRevision(),
    sources: rowSources(directory, schedules, timetableSources(directory, site, schedules.base)),
    clock,
    send: link.send,
  });
  directory.onCommitted(publisher.committed);
  const time = knownTime({
    clock,
    pushing: () => [...directory.webhooks.values()].some(({ enabled }) => enabled),
    doubted: (why) =>
      log.warn(
        { why },
        'the clock may be wrong: receivers refuse webhooks that are off by more than 5 minutes',
      ),
  });
  const devices = deviceProgramming({
    site,
    directory,
    vault,
    link,
    clock,
    random,
    tableRevision: store.recordsRevision(),
    latest: time.latest,
    failed: (error) => log.error({ err: error }, 'devices cannot be programmed now; trying again'),
  });
  const { programming } = devices;
  directory.onCommitted(programming.committed);
  const intake = journalIntake({
    store,
    directory,
    clock,
    random,
    devices: programming,
    stored: link.stored,
    failed: (error) => log.error({ err: error }, 'the door journal cannot be stored; trying again'),
    // On a disk that takes no writes a new process could not even read.
    stuck: (error) => void guard.mayOpen().then((takes) => takes && restart('disk_refuses', error)),
  });
  const horizon = horizonKeeper({
    site,
    zones: process.versions['tz'] ?? 'unknown',
    directory,
    clock,
    failed: (error) => log.error({ err: error }, 'schedules cannot be worked out further; trying again'),
  });
  link.attach({
    journal: intake,
    table: {
      heard(message) {
        publisher.heard(message);
        if (message.type === 'applied' && message.version.table_id === store.id) {
          programming.applied(message.version.revision);
        }
      },
      room: publisher.room,
    },
    programming: {
      ...programming,
      seen(status) {
        time.seen(status);
        horizon.look();
        programming.seen(status);
      },
    },
  });
  await horizon.ensure();
  publisher.start(table);

  const dump = () => entries(readable(database), wholeRange);
  const targets = webhookTargets(site.webhooks.allow);
  const resolve = async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address);
  const { service, start, close } = adminService({
    site,
    version,
    store,
    directory,
    vault,
    reservedPins: new Set(reserved_pins),
    link,
    publisher,
    devices,
    time,
    clock,
    random,
    marks: {
      consumer: await store.marks('consumer'),
      delivery: await store.marks('delivery'),
      backup: await store.marks('backup'),
    },
    dump,
    backups: backupWorks({ site, version, storeId: store.id, entries: dump, clock, random }),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(site.state_dir);
      return bavail * bsize;
    },
    targets,
    sender: httpSender({ targets, clock, resolve }),
    unexpected: (error) => log.error({ err: error }, 'unexpected'),
  });
  const api = await machine.serve(
    service,
    { version, logger: log, clock, digest: vault.tokenHash },
    site.api,
  );
  start(tellFound(guarded.found, log));
  if (publisher.inSync()) programming.applied(publisher.newest().revision);
  programming.start();
  link.ready(publisher.newest(), api.url);
  log.info({ users: directory.users.size, revision: store.revision(), listening: api.url }, 'ready');
  void tidyCopies(guarded.found, site.state_dir, clock, log);

  return {
    service,
    url: api.url,
    async close() {
      horizon.close();
      intake.close();
      programming.close();
      await Promise.all([close(), api.close()]);
      await store.close();
    },
  };
}
