import type { AsciiRules } from './ascii-rules.ts';
import type { CardFormat } from './card-format.ts';
import type { CodeLockModel } from './code-lock-model.ts';
import type { FeedbackPatterns } from './feedback.ts';
import type { HolderTraits } from './holder.ts';
import type { ReaderOutput } from './reader-output.ts';
import type { HolidayDay, Schedule } from './schedule.ts';
import type { TimetableRule } from './timetable-rule.ts';
import type { TlsTrust, TlsVersion } from './tls-trust.ts';
import type { ClockTrust } from './trusted-time.ts';
import type { UidOrder } from './wiegand.ts';

/**
 * A site as the site file describes it, checked and complete: defaults filled in, references resolved by name,
 * durations in milliseconds, ids made (uuid v5 of site id and kind + name).
 */
export interface Site {
  id: string;
  name: string;
  /** IANA zone, checked against the zones Node knows. */
  time_zone: string;
  /** Directory of the database, the door journal and the sealed table. Absolute. */
  state_dir: string;
  /** File of the site key (32 random bytes, hex). Absolute, outside `state_dir`. */
  key_file: string;
  /** Whose word makes the clock one to be believed, and the file by which a time service gives it. */
  clock: { trust: ClockTrust; ntp_file: string };
  pin: PinRules;
  lock_out: LockOutRules;
  api: { host: string; port: number; socket: string };
  log: { level: 'error' | 'warn' | 'info' | 'debug'; file: string | null };
  /** What nobody waits for goes after `keep_ms`; beyond `max_entries` the oldest go, whoever waits. */
  feed: { keep_ms: number; max_entries: number };
  /** Fewer bytes free on the disk of the state directory count as nearly full. */
  storage: { warn_below_bytes: number };
  /** Backups that are made by themselves; left out: none are. */
  backup?: BackupRules;
  /** Hosts (`name`, `*.name`, `*`), addresses and ranges that webhooks may go to. */
  webhooks: { allow: readonly string[] };
  /** The formats of this site's cards, in the order in which they are tried. */
  formats: readonly CardFormat[];
  ports: SitePort[];
  readers: SiteReader[];
  locks: SiteLock[];
  /** Locks that decide by a code table of their own. */
  code_locks: SiteCodeLock[];
  doors: SiteDoor[];
  panel: SitePanel | null;
  /** Schedules and holidays that the API shows and cannot change. */
  schedules: SiteSchedule[];
  holidays: SiteHoliday[];
  /** Timetables of doors that the API shows and cannot change. */
  timetables: SiteTimetable[];
}

/** Where backups go, and which are kept. */
export interface BackupRules {
  /** Absolute. */
  directory: string;
  /** File of the key that seals them (32 random bytes, hex). Absolute, neither in `directory` nor in `state_dir`. */
  key_file: string;
  /** Minutes since midnight in the site's zone. */
  at_minute: number;
  /** The newest of so many days and of so many weeks. */
  keep_daily: number;
  keep_weekly: number;
}

export interface SiteSchedule extends Schedule {
  id: string;
  name: string;
}

export interface SiteHoliday {
  id: string;
  name: string;
  days: readonly HolidayDay[];
}

/** A door goes by one timetable at most; those named here have a relay lock. */
export interface SiteTimetable {
  id: string;
  name: string;
  door_ids: readonly string[];
  rules: readonly TimetableRule[];
}

/** Lengths a new PIN may have, 4 to 10. */
export interface PinRules {
  min_length: number;
  max_length: number;
}

/** After `tries` wrong PINs in a row a keypad is locked out for `durations_ms[0]`, then `[1]`, ..., the last one repeating. */
export interface LockOutRules {
  tries: number;
  durations_ms: readonly number[];
}

export type SitePort = WirePort | TlsPort | { name: string; kind: 'evdev'; device: string };

/** The secure port of an alarm panel. */
export interface TlsPort {
  name: string;
  kind: 'tls';
  /** Of the panel's own port behind its network interface. */
  baud: number;
  host: string;
  port: number;
  version: TlsVersion;
  trust: TlsTrust;
}

/** A port with bytes both ways. */
export type WirePort = { name: string; baud: number } & (
  | {
      kind: 'serial';
      path: string;
      data_bits: 7 | 8;
      parity: 'none' | 'even' | 'odd';
      stop_bits: 1 | 2;
    }
  | { kind: 'tcp'; host: string; port: number }
);

export interface SiteReader {
  id: string;
  name: string;
  protocol: 'osdp' | 'serial_ascii';
  port: string;
  /** OSDP address, 0 to 126; 0 for a reader that has its port to itself. */
  address: number;
  secure: boolean;
  /** How it sends serial numbers of chips; null: bits of their lengths mean nothing. */
  uid: UidOrder | null;
  keypad: KeypadRules;
  /** What it lights and sounds; left out: the usual. */
  feedback?: FeedbackPatterns;
  /** Whether an input of its own serves a door. */
  inputs_used?: boolean;
  /** Sounders and lamps at its outputs, each with a name and a number of its own. Only of `osdp`. */
  outputs?: readonly ReaderOutput[];
  /** Only of `serial_ascii`, and of all of them. */
  ascii?: AsciiRules;
}

export interface KeypadRules {
  /** Enter by itself at this many digits; null: `#` enters. */
  fixed_length: number | null;
  /** A pause longer than this forgets what was typed. */
  inter_digit_timeout_ms: number;
  /** The reader collects keys itself: what it sends at once is a whole PIN. */
  whole_pins?: boolean;
}

export interface SiteLock {
  id: string;
  name: string;
  port: string;
  /** Modbus unit, 1 to 247. */
  unit: number;
  model: LockModel;
  /** Which relay of the board, counted from 0. */
  relay: number;
  /** Inputs of the board, counted from 0; null where nothing is wired. */
  contact: InputWiring | null;
  exit_button: InputWiring | null;
  tamper: InputWiring | null;
  /** A fail-secure strike opens when energised; a magnetic lock opens when it is not. */
  released_when: 'energised' | 'de_energised';
}

/** `active_when` says which level means open door, pressed button, tamper. */
export interface InputWiring {
  input: number;
  active_when: 'closed' | 'open';
}

/** An input of a reader, counted from 0. The reader calls it active while its circuit is closed. */
export interface ReaderInput extends InputWiring {
  reader: string;
}

/** One file of `config/models`: what the register map of a board is, in Modbus terms. */
export interface LockModel {
  name: string;
  title: string;
  relays: number;
  inputs: number;
  /** Coil of relay 0; relay n is the coil `first_coil + n` (FC1 reads it back, FC5 writes it). */
  first_coil: number;
  /** Discrete input 0 (FC2). */
  first_input: number;
  /** Holding register of relay 0 that energises it for a time and lets go by itself (FC6); null: the board has none. */
  timed: { first_register: number; unit_ms: number; max: number } | null;
  /** Longest time the board takes to answer. */
  reply_timeout_ms: number;
}

export interface SiteDoor {
  id: string;
  name: string;
  title: string;
  /** A relay lock, or a code lock: then it has no readers, and nothing below applies. */
  lock: string;
  readers: readonly string[];
  /** Wired to a reader, where the board of the lock has none. */
  contact?: ReaderInput;
  exit_button?: ReaderInput;
  strike_ms: number;
  /** A door open longer than this is held open. */
  held_open_ms: number;
  /** Let the strike go as soon as the door is seen to open. */
  relock_on_open: boolean;
  on_shutdown: 'locked' | 'unlocked';
  /** Partition of the panel that restricts this door while armed; null: none does. */
  restricted_by: string | null;
  /** How long the last known arm state counts once the panel is lost. */
  arm_state_grace_ms: number;
  /** Without a clock that can be believed, access with dates or a schedule is refused. */
  needs_trusted_clock: boolean;
  /** How long a card waits for its owner's PIN where both are needed. */
  pin_within_ms: number;
}

export type SitePanel = SiteContactPanel | SiteCodePanel;

/** Any panel, known only by contacts that say whether it is armed. It holds no codes. */
export interface SiteContactPanel {
  kind: 'dry_contact';
  port: string;
  unit: number;
  partitions: SitePartition[];
}

/** `disarmed_input` is closed only while disarmed (fail-safe); `armed_input` the complementary contact, if wired. */
export interface SitePartition {
  id: string;
  name: string;
  disarmed_input: number;
  armed_input: number | null;
}

/** A panel that is spoken to in its own protocol, and keeps codes. */
export interface SiteCodePanel {
  kind: 'nx_584' | 'elk_m1';
  id: string;
  /** Always `panel`: one panel per controller. */
  name: string;
  port: string;
  model: PanelModel;
  /** NX-584 and NX-8E only: which of the two framings the panel is set to. */
  wire: 'ascii' | 'binary';
  /** File that holds the panel's master code, 0600, for commands that need one; null: none is given. */
  code_file: string | null;
  /** Elk M1 on a TLS port only: file that holds the user name and password its port asks for, 0600; left out: none is given. */
  login_file?: string;
  programming: ProgrammingRules;
  partitions: NumberedPartition[];
}

/** `number` counts from 1, as on the panel's keypads. */
export interface NumberedPartition {
  id: string;
  name: string;
  number: number;
}

/** One panel model of `config/models`. */
export interface PanelModel {
  name: string;
  title: string;
  kind: SiteCodePanel['kind'];
  traits: HolderTraits;
  /** Firmware from which codes may be changed while a partition is armed, such as "4.3.9"; null: never. Unknown firmware: no. */
  programs_while_armed_from: string | null;
}

/** How a site wants a device's slots to be kept. */
export interface ProgrammingRules {
  /** A change that touches an armed partition: kept until disarmed, or refused at once. */
  armed_changes: 'keep' | 'reject';
  /** A code changed by hand on the device: put ours back, take theirs over, or only say so. */
  changed_on_device: 'overwrite' | 'adopt' | 'leave';
  /** How long a freed slot rests before it is used again. */
  quarantine_ms: number;
}

/** A lock with its own code table, reached over Modbus. It decides by itself; Postern keeps its table. */
export interface SiteCodeLock {
  id: string;
  name: string;
  port: string;
  /** Modbus unit, 1 to 247. */
  unit: number;
  model: CodeLockModel;
  programming: ProgrammingRules;
}
