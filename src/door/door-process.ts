import type { Clock } from '../core/clock.ts';
import type { ModeOverride } from '../core/door-mode.ts';
import type { LockBus, LockReport } from '../core/lock.ts';
import type { LookupKey } from '../core/lookup-key.ts';
import type { CodePanel, Panel, PanelReport } from '../core/panel.ts';
import type { ReaderBus, ReaderReport } from '../core/reader.ts';
import type { Secret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import type { AdminStanding, DoorsStatus, TableStart } from '../core/status.ts';
import { cardDecoder } from '../core/wiegand.ts';
import type { CommandResult } from '../link/message.ts';
import { boundedWait } from './bounded-wait.ts';
import { deviceNews } from './device-news.ts';
import { type DoorController, doorController } from './door-controller.ts';
import { type Entrance, entrance } from './entrance.ts';
import { type CodeLock, type Holders, holders } from './holders.ts';
import type { Journal } from './journal.ts';
import { type ModeKeeper, modeKeeper } from './mode-keeper.ts';
import { type Pairing, pairing } from './pairing.ts';
import { partitions } from './partitions.ts';
import { readerInputs } from './reader-inputs.ts';
import type { ReaderKeyStore } from './reader-keys.ts';
import { type ReaderOutputs, readerOutputs } from './reader-outputs.ts';
import { noStrike, notKept, pastEnd } from './refusal.ts';
import { doorsStatus, systemStarted } from './status.ts';
import type { TableKeeper } from './table-keeper.ts';
import type { ClockKeeper } from './trusted-clock.ts';

export interface DoorProcessParts {
  site: Site;
  version: string;
  pid: number;
  clock: Clock;
  /** One bus for each port with readers, and for each with locks, by the port's name. */
  readerBuses: ReadonlyMap<string, ReaderBus>;
  lockBuses: ReadonlyMap<string, LockBus>;
  /** The keys of readers with a secure channel; null: they cannot be used. */
  readerKeys: ReaderKeyStore | null;
  /** A change of them did not get to the disk. */
  keysFailed(error: unknown): void;
  /** A panel known by its contacts. */
  panel: Panel | null;
  /** A panel that keeps codes. */
  codePanel: CodePanel | null;
  /** Locks with a table of their own, by the lock's name. */
  codeLocks: ReadonlyMap<string, CodeLock>;
  journal: Journal;
  lookupKey: LookupKey;
  table: Pick<TableKeeper, 'inForce' | 'onChange'>;
  tableStart: TableStart;
  admin(): AdminStanding;
  trustedClock: ClockKeeper;
  /** Something of ours threw; the doors go on. */
  failed(error: unknown): void;
}

/** A credential presented from afar. `at` and `open` as in the Link's `try`. */
export interface Attempt {
  reader_id: string;
  kind: 'pin' | 'token';
  value: Secret;
  at: number | null;
  open: boolean;
}

/** The doors of a site, from reader to lock. */
export interface DoorProcess {
  start(): void;
  unlock(doorId: string, operator: string): Promise<CommandResult>;
  /** An operator's mode for a door, as in the Link's `mode`. Answered when it outlives a restart. */
  setMode(doorId: string, override: ModeOverride | null, operator: string): Promise<CommandResult>;
  attempt(attempt: Attempt): Promise<CommandResult>;
  /** The devices that keep codes. */
  readonly holders: Holders;
  /** Readers with a secure channel, and who may be given a key. */
  readonly pairing: Pairing;
  /** Sounders and lamps at readers. */
  readonly outputs: Pick<ReaderOutputs, 'order'>;
  /** The wall clock as it is believed. */
  readonly trustedClock: Pick<ClockKeeper, 'reset' | 'status'>;
  status(): DoorsStatus;
  /** Called after anything that may change the status. One listener; null for none. */
  onChange(listener: (() => void) | null): void;
  /** Leaves each door as its `on_shutdown` says, writes the journal and closes all, within 3 s. */
  stop(reason: string): Promise<void>;
}

const locksAnswerMs = 1_000;
const devicesCloseMs = 1_000;
const journalCloseMs = 900;

export function doorProcess(parts: DoorProcessParts): DoorProcess {
  const { site, clock, readerBuses, lockBuses, panel, journal, table } = parts;
  const system = `system/${site.id}`;
  const startedAt = clock.wall();
  const decodeCard = cardDecoder(site.formats);
  const arming = partitions(site, clock);
  const news = deviceNews(journal, clock);
  const doors = new Map<string, DoorController>();
  const modes = new Map<string, ModeKeeper>();
  const entrances = new Map<string, Entrance>();
  let listener: (() => void) | null = null;
  let stopped = false;
  const changed = (): void => {
    if (!stopped) outputs.look();
    listener?.();
  };
  const outputs = readerOutputs({ ...parts, doors, modes, changed });
  const channels = pairing({ ...parts, changed });

  for (const door of site.doors) {
    const bus = lockBuses.get(site.locks.find(({ name }) => name === door.lock)?.port ?? '');
    if (bus === undefined) continue;
    const resource = `door/${door.id}`;
    const controller = doorController(door, bus, clock, (doorNews) => {
      journal.append({ ...doorNews, time: clock.wall(), resource });
      changed();
    });
    doors.set(door.lock, controller);
    const mode = modeKeeper({
      ...parts,
      doorId: door.id,
      timetable: () => table.inForce()?.table.timetables.get(door.id) ?? null,
      restricted: () => arming.restricts(door.restricted_by, door.arm_state_grace_ms),
      restrictedIn: () => arming.restrictsIn(door.restricted_by, door.arm_state_grace_ms),
      stand: controller.stand,
      tell(data) {
        journal.append({ time: clock.wall(), type: 'door.mode_changed', resource, data });
        changed();
      },
    });
    modes.set(door.id, mode);
  }
  const lookAtModes = (why: 'timetable' | 'clock' | 'partition'): void => {
    if (stopped) return;
    for (const mode of modes.values()) mode.look(why);
  };
  for (const reader of site.readers) {
    const bus = readerBuses.get(reader.port);
    if (bus === undefined) continue;
    const door = [...doors.values()].find((each) => each.door.readers.includes(reader.name)) ?? null;
    const mode = modes.get(door?.door.id ?? '') ?? null;
    const { trustedClock, lookupKey, failed } = parts;
    const shared = { clock, trustedClock, journal, table, decodeCard, lookupKey, failed };
    entrances.set(
      reader.name,
      entrance({ ...shared, reader, bus, door, mode, lockOut: site.lock_out, partitions: arming, changed }),
    );
  }

  const inputs = readerInputs(doors.values(), (reader, input, active) => {
    const resource = `reader/${site.readers.find(({ name }) => name === reader)?.id}`;
    journal.append({ time: clock.wall(), type: 'reader.input_fault', resource, data: { input, active } });
  });

  function readerHeard(name: string, report: ReaderReport): void {
    const at = entrances.get(name);
    if (at === undefined || stopped) return;
    at.heard(report);
    inputs.heard(name, report);
    outputs.heard(at.reader, report);
    news.reader(at.reader.id, report);
    channels.heard(at.reader, report);
    changed();
  }
  function lockHeard(name: string, report: LockReport): void {
    const lock = site.locks.find((each) => each.name === name);
    if (lock === undefined) return;
    doors.get(name)?.heard(report);
    if (report.type === 'online') inputs.lockFound(name);
    news.lock(lock.id, report);
    changed();
  }
  function panelHeard(report: PanelReport): void {
    const time = clock.wall();
    if (report.type === 'trouble') {
      const { what, active, detail } = report;
      journal.append({ time, type: 'panel.trouble', resource: system, data: { what, active, detail } });
      return;
    }
    if (!arming.heard(report.partition, report.state, report.since)) return;
    const id = site.panel?.partitions.find(({ name }) => name === report.partition)?.id;
    if (id === undefined) return;
    const data = { state: report.state };
    journal.append({ time, type: 'partition.changed', resource: `partition/${id}`, data });
    lookAtModes('partition');
    changed();
  }

  const keepers = holders({
    ...parts,
    panel: parts.codePanel,
    locks: parts.codeLocks,
    partitions: arming,
    panelHeard,
    changed,
  });

  const within = (ms: number, all: readonly Promise<unknown>[]): Promise<void> =>
    boundedWait(clock, ms, all, parts.failed);

  return {
    start() {
      const { version, tableStart: start } = parts;
      const data = systemStarted(version, start, table.inForce() !== null);
      journal.append({ time: startedAt, type: 'system.started', resource: system, data });
      parts.trustedClock.start();
      lookAtModes('timetable');
      outputs.look();
      table.onChange(() => lookAtModes('timetable'));
      parts.trustedClock.onChange(() => {
        lookAtModes('clock');
        changed();
      });
      for (const bus of lockBuses.values()) bus.start(lockHeard);
      panel?.start(panelHeard);
      keepers.start();
      for (const bus of readerBuses.values()) bus.start(readerHeard);
    },
    async unlock(doorId, operator) {
      const door = [...doors.values()].find((each) => each.door.id === doorId);
      if (door === undefined) return noStrike(site.doors.some(({ id }) => id === doorId));
      const outcome = await door.release({ by: 'operator', operator });
      return outcome.ok ? { ok: true } : { ok: false, code: outcome.code, detail: outcome.detail };
    },
    async setMode(doorId, override, operator) {
      const mode = modes.get(doorId);
      if (mode === undefined) return noStrike(site.doors.some(({ id }) => id === doorId));
      if (override?.until != null && override.until <= clock.wall()) return pastEnd;
      return (await mode.override(override, operator)) ? { ok: true } : notKept;
    },
    async attempt({ reader_id, kind, value, at, open }) {
      const found = [...entrances.values()].find(({ reader }) => reader.id === reader_id);
      if (found === undefined) return { ok: false, code: 'not_found', detail: 'there is no such reader' };
      const decision = open ? await found.present(kind, value) : found.judge(kind, value, at);
      return { ok: true, decision };
    },
    holders: keepers,
    pairing: channels,
    outputs,
    trustedClock: parts.trustedClock,
    status: () =>
      doorsStatus({
        ...parts,
        doors: [...doors.values()],
        modes,
        entrances: [...entrances.values()],
        inputs,
        outputs,
        partitions: arming,
        holders: keepers,
        pairing: channels,
        startedAt,
      }),
    onChange(fn) {
      listener = fn;
    },
    async stop(reason) {
      stopped = true;
      for (const mode of modes.values()) mode.close();
      outputs.close();
      await within(
        locksAnswerMs,
        [...doors.values()].map((door) => door.stop()),
      );
      for (const { reader, keypad, close } of entrances.values()) {
        if (keypad.lockedOut()) journal.keepLockOut(reader.id, keypad.kept());
        close();
      }
      channels.stop();
      journal.append({ time: clock.wall(), type: 'system.stopped', resource: system, data: { reason } });
      const buses = [...readerBuses.values(), ...lockBuses.values()];
      const devices = [...buses, ...(panel === null ? [] : [panel]), keepers];
      await within(
        devicesCloseMs,
        devices.map((device) => device.close()),
      );
      parts.trustedClock.close();
      await within(journalCloseMs, [journal.close()]);
    },
  };
}
