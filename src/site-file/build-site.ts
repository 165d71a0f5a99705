import type { AsciiContent, AsciiFrame } from '../core/ascii-rules.ts';
import { type CardFormat, standardFormats } from '../core/card-format.ts';
import type { HolderTraits } from '../core/holder.ts';
import type {
  InputWiring,
  LockModel,
  ProgrammingRules,
  Site,
  SiteLock,
  SitePanel,
  SitePort,
  SiteReader,
} from '../core/site.ts';
import type { TlsTrust } from '../core/tls-trust.ts';
import type { LockTable, PanelTable, PortTable, ReaderTable, SiteFile } from '../schema/site-file.ts';
import { feedbackOf } from './feedback-of.ts';
import type { Models } from './models.ts';
import { readerOutputsOf } from './reader-outputs-of.ts';
import { holidayOf, scheduleOf, timetableOf } from './schedule-of.ts';
import { siteThingId } from './site-id.ts';
import type { SitePaths } from './site-paths.ts';

/** The site that a file without mistakes describes. */
export function buildSite(file: SiteFile, paths: SitePaths, models: Models): Site {
  const id = file.site.id.toLowerCase();
  const formats = file.cards.formats.flatMap((name) => formatOf(name, file.formats) ?? []);
  const wired = Object.values(file.doors).flatMap(({ contact, exit_button }) => [contact, exit_button]);
  const watched = new Set(wired.map((input) => input?.reader));
  const named: Named = (name, kind, rest) => ({ id: siteThingId(id, kind, name), name, ...rest });
  return {
    id,
    name: file.site.name,
    time_zone: file.site.time_zone,
    state_dir: paths.state_dir,
    key_file: paths.key_file,
    clock: { trust: file.clock.trust, ntp_file: file.clock.ntp_file },
    pin: file.pin,
    lock_out: { tries: file.lock_out.tries, durations_ms: file.lock_out.durations },
    api: { ...file.api.listen, socket: paths.socket },
    log: { level: file.log.level, file: paths.log_file },
    feed: { keep_ms: file.feed.keep_days * 86_400_000, max_entries: file.feed.max_entries },
    storage: { warn_below_bytes: file.storage.warn_below },
    ...backupOf(file, paths),
    webhooks: file.webhooks,
    formats,
    ports: Object.entries(file.ports).map(([name, port]) => portOf(name, port)),
    readers: Object.entries(file.readers).map(([name, reader]) =>
      named(name, 'reader', {
        ...readerOf(reader, formats, file.feedback),
        ...(watched.has(name) ? { inputs_used: true } : {}),
      }),
    ),
    locks: Object.entries(file.locks).flatMap(([name, lock]) => {
      const model = models.relay_boards.get(lock.model);
      return model === undefined ? [] : [named(name, 'lock', lockOf(lock, model))];
    }),
    code_locks: Object.entries(file.locks).flatMap(([name, lock]) => {
      const model = models.code_locks.get(lock.model);
      const { port, unit } = lock;
      if (model === undefined) return [];
      return [named(name, 'lock', { port, unit, model, programming: programmingOf(lock, model.traits) })];
    }),
    doors: Object.entries(file.doors).map(([name, door]) =>
      named(name, 'door', {
        title: door.title ?? name,
        lock: door.lock,
        readers: door.readers,
        ...(door.contact === undefined ? {} : { contact: door.contact }),
        ...(door.exit_button === undefined ? {} : { exit_button: door.exit_button }),
        strike_ms: door.strike,
        held_open_ms: door.held_open,
        relock_on_open: door.relock_on_open,
        on_shutdown: door.on_shutdown,
        restricted_by: door.restricted_by ?? null,
        arm_state_grace_ms: door.arm_state_grace,
        needs_trusted_clock: door.needs_trusted_clock,
        pin_within_ms: door.pin_within,
      }),
    ),
    panel: file.panel === undefined ? null : panelOf(file.panel, named, paths, models),
    schedules: Object.entries(file.schedules).map(([name, one]) => scheduleOf(id, name, one)),
    holidays: Object.entries(file.holidays).map(([name, one]) => holidayOf(id, name, one)),
    timetables: Object.entries(file.timetables).map(([name, one]) => timetableOf(id, name, one, file.doors)),
  };
}

function backupOf({ backup }: SiteFile, paths: SitePaths): Pick<Site, 'backup'> {
  const { backup_directory: directory, backup_key: key_file } = paths;
  if (backup === undefined || directory === null || key_file === null) return {};
  const { at: at_minute, keep_daily, keep_weekly } = backup;
  return { backup: { directory, key_file, at_minute, keep_daily, keep_weekly } };
}

/** Gives a thing its id and its name. */
type Named = <T>(
  name: string,
  kind: Parameters<typeof siteThingId>[1],
  rest: T,
) => T & { id: string; name: string };

/** What the checks have refused before does not come here: a missing number or input is never filled in. */
function panelOf(panel: PanelTable, named: Named, paths: SitePaths, models: Models): SitePanel {
  const { port, unit = 0, wire = 'ascii' } = panel;
  const partitions = Object.entries(panel.partitions);
  const model = models.panels.get(panel.model);
  if (model === undefined) {
    return {
      kind: 'dry_contact',
      port,
      unit,
      partitions: partitions.map(([name, { disarmed_input = 0, armed_input = null }]) =>
        named(name, 'partition', { disarmed_input, armed_input }),
      ),
    };
  }
  return named('panel', 'panel', {
    kind: model.kind,
    port,
    model,
    wire,
    code_file: paths.code_file,
    ...(paths.login_file === null ? {} : { login_file: paths.login_file }),
    programming: programmingOf(panel, model.traits),
    partitions: partitions.map(([name, { number = 0 }]) => named(name, 'partition', { number })),
  });
}

/** How long a slot rests after a removal that was only acknowledged. */
const unprovedRestMs = 24 * 3_600_000;

function programmingOf(given: LockTable | PanelTable, traits: HolderTraits): ProgrammingRules {
  return {
    armed_changes: given.armed_changes ?? 'keep',
    changed_on_device: given.changed_on_device ?? 'leave',
    quarantine_ms: given.quarantine ?? (traits.removal_proof === 'read_back' ? 0 : unprovedRestMs),
  };
}

function portOf(name: string, port: PortTable): SitePort {
  if (port.kind !== 'tls') return { name, ...port };
  const { certificate = '', ca_file, ...rest } = port;
  const trust: TlsTrust =
    ca_file !== undefined
      ? { by: 'authority', file: ca_file }
      : certificate === 'any'
        ? { by: 'nothing' }
        : { by: 'fingerprint', sha256: certificate.replaceAll(':', '').toUpperCase() };
  // An M1XEP speaks to its M1 at this rate.
  return { name, baud: 115_200, ...rest, trust };
}

const standard = new Map<string, CardFormat>(Object.entries(standardFormats));

function formatOf(name: string, own: SiteFile['formats']): CardFormat | undefined {
  const given = own[name];
  return given === undefined ? standard.get(name) : { name, ...given, facility: given.facility ?? null };
}

function readerOf(
  { keypad, frame, repeat_within, heard_within, feedback, outputs, ...reader }: ReaderTable,
  formats: readonly CardFormat[],
  patterns: SiteFile['feedback'],
): Omit<SiteReader, 'id' | 'name'> {
  const { fixed_length, inter_digit_timeout, whole_pins } = keypad;
  const shown = feedback === undefined ? undefined : patterns[feedback];
  return {
    ...reader,
    address: reader.address ?? 0,
    secure: frame === undefined && reader.secure,
    uid: reader.uid ?? (frame?.content?.startsWith('uid') ? 'as_sent' : null),
    keypad: {
      fixed_length: fixed_length ?? null,
      inter_digit_timeout_ms: inter_digit_timeout,
      ...(whole_pins === true ? { whole_pins } : {}),
    },
    ...(shown === undefined ? {} : { feedback: feedbackOf(shown) }),
    ...(outputs === undefined ? {} : { outputs: readerOutputsOf(outputs) }),
    ...(frame === undefined
      ? {}
      : {
          ascii: {
            frame: frameOf(frame, formats),
            repeat_ms: repeat_within ?? 1000,
            heard_within_ms: frame.heartbeat === undefined ? null : (heard_within ?? 60_000),
          },
        }),
  };
}

function frameOf(frame: NonNullable<ReaderTable['frame']>, formats: readonly CardFormat[]): AsciiFrame {
  const { kind, prefix = '', suffix = '', keys = false, checksum = 'none', separator = ',' } = frame;
  if (kind === 'keys') return { kind };
  const format = formats.find(({ name }) => name === frame.format);
  const content: AsciiContent =
    frame.content !== 'numbers'
      ? { is: frame.content ?? 'uid_hex' }
      : { is: 'numbers', format: format ?? standardFormats.h10301, separator };
  if (kind === 'stx_etx') return { kind, checksum, content };
  const beat = frame.heartbeat === undefined ? {} : { heartbeat: frame.heartbeat };
  return { kind, prefix, suffix, keys, content, ...beat };
}

function lockOf(lock: LockTable, model: LockModel): Omit<SiteLock, 'id' | 'name'> {
  const { port, unit, relay = 0, released_when = 'energised' } = lock;
  const wired = (wiring: InputWiring | undefined): InputWiring | null => wiring ?? null;
  return {
    port,
    unit,
    model,
    relay,
    released_when,
    contact: wired(lock.contact),
    exit_button: wired(lock.exit_button),
    tamper: wired(lock.tamper),
  };
}
