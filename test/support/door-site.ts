import { standardFormats } from '../../src/core/card-format.ts';
import type { LockBus, LockOutcome, LockReport } from '../../src/core/lock.ts';
import type { LookupKey } from '../../src/core/lookup-key.ts';
import type { Panel, PanelReport } from '../../src/core/panel.ts';
import type { Key, ReaderBus, ReaderReport, ReaderSignal } from '../../src/core/reader.ts';
import type { LockModel, Site } from '../../src/core/site.ts';
import type { AdminStanding, TableStart } from '../../src/core/status.ts';
import { encodeH10301 } from '../../src/core/wiegand.ts';

const model: LockModel = {
  name: 'relay-8',
  title: 'Eight relays',
  relays: 8,
  inputs: 8,
  first_coil: 0,
  first_input: 0,
  timed: null,
  reply_timeout_ms: 100,
};

/** A site of two doors: `front` with one reader, `back` with one, restricted by the partition `house`. */
export const twoDoors: Site = {
  id: 'site',
  name: 'Test site',
  time_zone: 'Europe/Berlin',
  state_dir: '/state',
  key_file: '/key',
  pin: { min_length: 4, max_length: 10 },
  lock_out: { tries: 3, durations_ms: [90_000, 300_000] },
  api: { host: '127.0.0.1', port: 0, socket: '/state/admin.sock' },
  log: { level: 'error', file: null },
  feed: { keep_ms: 90 * 86_400_000, max_entries: 200_000 },
  storage: { warn_below_bytes: 512 * 1024 * 1024 },
  webhooks: { allow: [] },
  clock: { trust: 'auto', ntp_file: '/run/synchronized' },
  formats: [standardFormats.h10301],
  ports: [
    { name: 'readers', baud: 9_600, kind: 'tcp', host: '127.0.0.1', port: 1 },
    { name: 'locks', baud: 9_600, kind: 'tcp', host: '127.0.0.1', port: 2 },
  ],
  readers: (['front', 'back'] as const).map((name, address) => ({
    id: `reader-${name}`,
    name,
    protocol: 'osdp',
    port: 'readers',
    address,
    secure: false,
    uid: null,
    keypad: { fixed_length: null, inter_digit_timeout_ms: 5_000 },
  })),
  code_locks: [],
  schedules: [],
  holidays: [],
  timetables: [],
  locks: (['front', 'back'] as const).map((name, relay) => ({
    id: `lock-${name}`,
    name,
    port: 'locks',
    unit: 1,
    model,
    relay,
    contact: { input: relay, active_when: 'open' },
    exit_button: { input: 2 + relay, active_when: 'closed' },
    tamper: null,
    released_when: 'energised',
  })),
  doors: (['front', 'back'] as const).map((name) => ({
    id: `door-${name}`,
    name,
    title: name,
    lock: name,
    readers: [name],
    strike_ms: 5_000,
    held_open_ms: 30_000,
    relock_on_open: true,
    on_shutdown: name === 'front' ? 'unlocked' : 'locked',
    restricted_by: name === 'back' ? 'house' : null,
    arm_state_grace_ms: 600_000,
    needs_trusted_clock: false,
    pin_within_ms: 10_000,
  })),
  panel: {
    kind: 'dry_contact',
    port: 'locks',
    unit: 2,
    partitions: [{ id: 'partition-house', name: 'house', disarmed_input: 0, armed_input: 1 }],
  },
};

/** Readable in a test, and not for any other use: the key is the value. */
export const plainKey: LookupKey = (kind, value) => `${kind}:${value}`;

/** What was done to the fakes, in order, across all of them. */
export type Deeds = string[];

export interface FakeReaders extends ReaderBus {
  report(reader: string, report: ReaderReport): void;
  card(reader: string, facility: number, number: number, afterOutage?: boolean): void;
  type(reader: string, keys: string): void;
}

export function fakeReaders(deeds: Deeds): FakeReaders {
  let taken: (reader: string, report: ReaderReport) => void = () => {};
  return {
    start(report) {
      taken = report;
    },
    signal(reader: string, signal: ReaderSignal) {
      deeds.push(`signal ${reader} ${signal}`);
    },
    health: () => ({
      online: true,
      secure: false,
      identity: null,
      exchanges: 0,
      timeouts: 0,
      damaged: 0,
      recent: null,
    }),
    close: async () => {
      deeds.push('close readers');
    },
    report: (reader, report) => taken(reader, report),
    card(reader, facility, number, afterOutage = false) {
      taken(reader, { type: 'card', ...encodeH10301({ facility, number }), after_outage: afterOutage });
    },
    type(reader, keys) {
      taken(reader, { type: 'keys', keys: [...keys] as Key[], after_outage: false });
    },
  };
}

export interface FakeLocks extends LockBus {
  report(lock: string, report: LockReport): void;
  /** How commands end from now on; null: never. */
  ends(outcome: LockOutcome | null): void;
}

export function fakeLocks(deeds: Deeds): FakeLocks {
  let taken: (lock: string, report: LockReport) => void = () => {};
  let outcome: LockOutcome | null = { ok: true };
  const command = (): Promise<LockOutcome> =>
    outcome === null ? new Promise(() => {}) : Promise.resolve(outcome);
  return {
    start(report) {
      taken = report;
    },
    release(lock, ms) {
      deeds.push(`release ${lock} ${ms}`);
      return command();
    },
    hold(lock, ms) {
      deeds.push(`hold ${lock} ${ms}`);
      return command();
    },
    secure(lock) {
      deeds.push(`secure ${lock}`);
      return command();
    },
    health: () => ({ online: true, output: 'secured', exchanges: 0, timeouts: 0, damaged: 0 }),
    close: async () => {
      deeds.push('close locks');
    },
    report: (lock, report) => taken(lock, report),
    ends(next) {
      outcome = next;
    },
  };
}

export interface FakePanel extends Panel {
  report(report: PanelReport): void;
}

export function fakePanel(): FakePanel {
  let taken: (report: PanelReport) => void = () => {};
  return {
    start(report) {
      taken = report;
    },
    close: async () => {},
    report: (report) => taken(report),
  };
}

/** What the doors start from where nothing was sealed yet. */
export const noTable: TableStart = { found: 'absent', written_at: null, why: null };

/** An admin process that has never ended. */
export const atWork: AdminStanding = {
  state: 'at_work',
  since: 0,
  next_at: null,
  failing_since: null,
  restarts: 0,
  last_end: null,
};
