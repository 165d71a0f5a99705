import { z } from 'zod';
import { outputConditions } from '../core/reader-output.ts';
import { backupTable } from './backup-table.ts';
import { cardFormatTable, cardsTable } from './card-table.ts';
import { duration } from './duration.ts';
import { feedTable, storageTable, webhooksTable } from './feed-table.ts';
import { feedbackPatterns } from './feedback-table.ts';
import { choice, flag, line, oneOf, whole } from './leaf.ts';
import { listen } from './listen.ts';
import { holidayTable, scheduleTable, timetableTable } from './schedule-table.ts';

/**
 * The site file (TOML) as an installer writes it: tables keyed by name, durations with a unit, defaults left out. Durations come out in
 * milliseconds. What one table says about another is checked in `site-file/`.
 */

/** Names of ports, readers, locks, doors and partitions: kebab-case, so that they read the same everywhere. */
export const siteName = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);

const named = <T extends z.ZodType>(what: z.ZodType & T) => z.record(siteName, what, { error: 'a table' });
const table = <T extends z.ZodRawShape>(shape: T, error = 'a table') => z.strictObject(shape, { error });
const reference = (kind: string) => line(`the name of a ${kind}`, 64);
const path = (what: string) => line(what, 1024);

export const site = table(
  {
    id: z.uuid({ error: 'a UUID of its own for this site, as `uuidgen` prints it' }),
    name: line('the name of the site'),
    time_zone: line('a time zone such as "Europe/Berlin"', 64),
    state_dir: path('a directory').default('/var/lib/postern'),
    key_file: path('a file').default('/var/lib/postern-key/site.key'),
  },
  'a table [site] with id, name and time_zone',
);

export const clock = table({
  trust: choice(['auto', 'ntp', 'system']).default('auto'),
  ntp_file: path('a file').default('/run/systemd/timesync/synchronized'),
});

export const pin = table({ min_length: whole(4, 10).default(4), max_length: whole(4, 10).default(10) });

export const lockOut = table({
  tries: whole(1, 100).default(5),
  durations: z
    .array(duration('1s', '24h'), { error: 'a list of durations' })
    .min(1, { error: 'at least one duration' })
    .max(16, { error: 'at most 16 durations' })
    .default([90_000, 300_000, 900_000, 3_600_000]),
});

export const api = table({
  listen: listen.prefault('127.0.0.1:8750'),
  socket: path('the path of a Unix socket').default('/run/postern/admin.sock'),
});

export const log = table({
  level: choice(['error', 'warn', 'info', 'debug']).default('info'),
  file: path('a file').optional(),
});

const baud = oneOf([1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400]).default(9600);

const certificate = 'the SHA-256 fingerprint of the panel\'s certificate (64 hex digits), or "any"';
const authority = 'the absolute path of a PEM file with the certificate of an authority';

const device = 'the path of a serial port, such as "/dev/postern-readers"';

export const serialPort = table({
  kind: z.literal('serial'),
  path: path(device).startsWith('/', { error: device }),
  baud,
  data_bits: oneOf([7, 8]).default(8),
  parity: choice(['none', 'even', 'odd']).default('none'),
  stop_bits: oneOf([1, 2]).default(1),
});

export const tcpPort = table({
  kind: z.literal('tcp'),
  host: line('a host name or address', 255),
  port: whole(1, 65_535),
  baud,
});

/** 64 hex digits, as they are or in pairs with colons. */
const fingerprint = /^(any|[0-9a-fA-F]{64}|[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){31})$/;

/** The secure port of an alarm panel. Exactly one of `certificate` and `ca_file`, which `site-file/` checks. */
export const tlsPort = table({
  kind: z.literal('tls'),
  host: line('a host name or address', 255),
  port: whole(1, 65_535),
  version: choice(['1.0', '1.2', '1.3']).default('1.2'),
  certificate: z.string({ error: certificate }).regex(fingerprint, { error: certificate }).optional(),
  ca_file: path(authority).startsWith('/', { error: authority }).optional(),
});

const keyboard = 'the path of an input device, such as "/dev/input/by-id/usb-...-event-kbd"';

export const evdevPort = table({
  kind: z.literal('evdev'),
  device: path(keyboard).startsWith('/', { error: keyboard }),
});

const port = z.discriminatedUnion('kind', [serialPort, tcpPort, tlsPort, evdevPort], {
  error: (issue) => (issue.code === 'invalid_union' ? '"serial", "tcp", "tls" or "evdev"' : 'a table'),
});

/** What an ASCII reader sends for a card; which keys go together is checked in `site-file/`. */
export const asciiFrame = table({
  kind: choice(['line', 'stx_etx', 'keys']),
  content: choice(['uid_hex', 'uid_decimal', 'bits_hex', 'numbers']).optional(),
  prefix: line('the text before the card', 16).optional(),
  suffix: line('the text after the card', 16).optional(),
  keys: flag().optional(),
  heartbeat: line('the line that says that the reader is there', 64).optional(),
  checksum: choice(['xor', 'none']).optional(),
  format: reference('card format').optional(),
  separator: choice([',', ';', ':', '-', '/', ' ']).optional(),
});

/** A sounder or a lamp at an output of a reader, by a name of its own. */
export const readerOutput = table({
  output: whole(0, 63),
  follows: choice(outputConditions),
  for: duration('1s', '24h').optional(),
});

export const reader = table({
  protocol: choice(['osdp', 'serial_ascii']),
  port: reference('port'),
  address: whole(0, 126).optional(),
  secure: flag().default(true),
  uid: choice(['as_sent', 'reversed']).optional(),
  feedback: reference('feedback').optional(),
  outputs: named(readerOutput).optional(),
  frame: asciiFrame.optional(),
  repeat_within: duration('0s', '60s').optional(),
  heard_within: duration('1s', '24h').optional(),
  keypad: table({
    fixed_length: whole(4, 10).optional(),
    whole_pins: flag().optional(),
    inter_digit_timeout: duration('1s', '60s').prefault('5s'),
  }).prefault({}),
});

/** How the slots of a device that keeps codes are kept. Their defaults follow from the device's model. */
const programming = {
  armed_changes: choice(['keep', 'reject']).optional(),
  changed_on_device: choice(['overwrite', 'adopt', 'leave']).optional(),
  quarantine: duration('0s', '720h').optional(),
};

/** A contact wired to an input of the lock's board. `usual`: the level that is active where nothing is said. */
const wiring = (usual: 'open' | 'closed') =>
  table(
    { input: whole(0, 65_535), active_when: choice(['closed', 'open']).default(usual) },
    'a table such as { input = 0 }',
  );

/** A relay of a board, or a lock with a code table: the model tells which, and `site-file/` which keys go with it. */
export const lock = table({
  port: reference('port'),
  unit: whole(1, 247),
  model: reference('lock model'),
  relay: whole(0, 65_535).optional(),
  contact: wiring('open').optional(),
  exit_button: wiring('closed').optional(),
  tamper: wiring('open').optional(),
  released_when: choice(['energised', 'de_energised']).optional(),
  ...programming,
});

/** The same, wired to an input of a reader. */
const readerInput = (usual: 'open' | 'closed') =>
  table(
    {
      reader: reference('reader'),
      input: whole(0, 63),
      active_when: choice(['closed', 'open']).default(usual),
    },
    'a table such as { reader = "front", input = 0 }',
  );

export const door = table({
  title: line('a title for people').optional(),
  lock: reference('lock'),
  contact: readerInput('open').optional(),
  exit_button: readerInput('closed').optional(),
  timetable: reference('timetable').optional(),
  readers: z.array(reference('reader'), { error: 'a list of readers, such as ["front"]' }).default([]),
  strike: duration('100ms', '10m').prefault('5s'),
  held_open: duration('1s', '24h').prefault('30s'),
  relock_on_open: flag().default(true),
  on_shutdown: choice(['locked', 'unlocked']).default('locked'),
  restricted_by: reference('partition').optional(),
  arm_state_grace: duration('0s', '24h').prefault('10m'),
  needs_trusted_clock: flag().default(false),
  pin_within: duration('2s', '1m').prefault('10s'),
});

/** Inputs with a panel on dry contacts, else a number; each panel protocol knows eight partitions. */
export const partition = table({
  disarmed_input: whole(0, 65_535).optional(),
  armed_input: whole(0, 65_535).optional(),
  number: whole(1, 8).optional(),
});

/** `dry_contact`, or a model of a panel that is spoken to: `site-file/` says which keys go with it. */
export const panel = table({
  model: line('"dry_contact" or the name of a panel model', 64),
  port: reference('port'),
  unit: whole(1, 247).optional(),
  wire: choice(['ascii', 'binary']).optional(),
  code_file: path('a file').optional(),
  login_file: path('a file').optional(),
  ...programming,
  partitions: named(partition),
});

export const siteFile = table({
  site,
  clock: clock.prefault({}),
  pin: pin.prefault({}),
  lock_out: lockOut.prefault({}),
  api: api.prefault({}),
  log: log.prefault({}),
  feed: feedTable.prefault({}),
  storage: storageTable.prefault({}),
  webhooks: webhooksTable.prefault({}),
  backup: backupTable.optional(),
  cards: cardsTable.prefault({}),
  formats: named(cardFormatTable).default({}),
  feedback: named(feedbackPatterns).default({}),
  ports: named(port).default({}),
  readers: named(reader).default({}),
  locks: named(lock).default({}),
  doors: named(door).default({}),
  panel: panel.optional(),
  schedules: named(scheduleTable).default({}),
  holidays: named(holidayTable).default({}),
  timetables: named(timetableTable).default({}),
});

/** A site file whose every value is of the right kind, defaults filled in. */
export type SiteFile = z.output<typeof siteFile>;
export type PortTable = SiteFile['ports'][string];
export type ReaderTable = SiteFile['readers'][string];
export type LockTable = SiteFile['locks'][string];
export type DoorTable = SiteFile['doors'][string];
export type PanelTable = NonNullable<SiteFile['panel']>;
