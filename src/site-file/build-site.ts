import type { InputWiring, LockModel, Site, SiteLock, SitePort, SiteReader } from '../core/site.ts';
import type { LockTable, PortTable, ReaderTable, SiteFile } from '../schema/site-file.ts';
import { siteThingId } from './site-id.ts';
import type { SitePaths } from './site-paths.ts';

/** The site that a file without mistakes describes. */
export function buildSite(file: SiteFile, paths: SitePaths, models: ReadonlyMap<string, LockModel>): Site {
  const id = file.site.id.toLowerCase();
  const named = <T>(name: string, kind: Parameters<typeof siteThingId>[1], rest: T) => ({
    id: siteThingId(id, kind, name),
    name,
    ...rest,
  });
  return {
    id,
    name: file.site.name,
    time_zone: file.site.time_zone,
    state_dir: paths.state_dir,
    key_file: paths.key_file,
    pin: file.pin,
    lock_out: { tries: file.lock_out.tries, durations_ms: file.lock_out.durations },
    api: { ...file.api.listen, socket: paths.socket },
    log: { level: file.log.level, file: paths.log_file },
    feed: { keep_ms: file.feed.keep_days * 86_400_000, max_entries: file.feed.max_entries },
    webhooks: file.webhooks,
    ports: Object.entries(file.ports).map(([name, port]) => portOf(name, port)),
    readers: Object.entries(file.readers).map(([name, reader]) => named(name, 'reader', readerOf(reader))),
    locks: Object.entries(file.locks).flatMap(([name, lock]) => {
      const model = models.get(lock.model);
      return model === undefined ? [] : [named(name, 'lock', lockOf(lock, model))];
    }),
    code_locks: [],
    doors: Object.entries(file.doors).map(([name, door]) =>
      named(name, 'door', {
        title: door.title ?? name,
        lock: door.lock,
        readers: door.readers,
        strike_ms: door.strike,
        held_open_ms: door.held_open,
        relock_on_open: door.relock_on_open,
        on_shutdown: door.on_shutdown,
        restricted_by: door.restricted_by ?? null,
        arm_state_grace_ms: door.arm_state_grace,
      }),
    ),
    panel:
      file.panel === undefined
        ? null
        : {
            kind: file.panel.model,
            port: file.panel.port,
            unit: file.panel.unit,
            partitions: Object.entries(file.panel.partitions).map(([name, partition]) =>
              named(name, 'partition', {
                disarmed_input: partition.disarmed_input,
                armed_input: partition.armed_input ?? null,
              }),
            ),
          },
  };
}

function portOf(name: string, port: PortTable): SitePort {
  return { name, ...port };
}

function readerOf({ keypad, ...reader }: ReaderTable): Omit<SiteReader, 'id' | 'name'> {
  const { fixed_length, inter_digit_timeout } = keypad;
  return {
    ...reader,
    keypad: { fixed_length: fixed_length ?? null, inter_digit_timeout_ms: inter_digit_timeout },
  };
}

function lockOf(lock: LockTable, model: LockModel): Omit<SiteLock, 'id' | 'name'> {
  const wired = (wiring: InputWiring | undefined): InputWiring | null => wiring ?? null;
  return {
    ...lock,
    model,
    contact: wired(lock.contact),
    exit_button: wired(lock.exit_button),
    tamper: wired(lock.tamper),
  };
}
