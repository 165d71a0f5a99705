import type { Clock } from '../core/clock.ts';
import type { Holder, HolderReport } from '../core/holder.ts';
import type { LookupKey } from '../core/lookup-key.ts';
import type { ArmOutcome, CodePanel, PanelEvent, PanelReport } from '../core/panel.ts';
import type { Site } from '../core/site.ts';
import { programsWhileArmed, type SlotHolder, slotHolders } from '../core/slot-holder.ts';
import type { HolderStatus } from '../core/status.ts';
import type { CommandResult } from '../link/message.ts';
import type { Journal } from './journal.ts';
import type { Partitions } from './partitions.ts';
import { type Programmer, programmer } from './programmer.ts';

/** A lock that decides by its own table, as a device that reports. */
export interface CodeLock extends Holder {
  start(report: (report: HolderReport) => void): void;
  close(): Promise<void>;
}

/** The devices that keep codes: what they tell, the orders they carry out. */
export interface Holders extends Programmer {
  start(): void;
  /** Arms or disarms a partition of the panel (its id). */
  arm(partitionId: string, how: 'away' | 'stay' | 'disarm', operator: string): Promise<CommandResult>;
  status(): HolderStatus[];
  close(): Promise<void>;
}

export interface HoldersParts {
  site: Site;
  clock: Clock;
  journal: Pick<Journal, 'append'>;
  /** A panel spoken to in its own protocol; null: there is none. */
  panel: CodePanel | null;
  /** Locks with a table of their own, by the lock's name. */
  locks: ReadonlyMap<string, CodeLock>;
  partitions: Pick<Partitions, 'state'>;
  lookupKey: LookupKey;
  /** The panel tells what any panel tells. */
  panelHeard(report: PanelReport): void;
  changed(): void;
  failed(error: unknown): void;
}

export function holders(parts: HoldersParts): Holders {
  const { site, clock, journal, panel, locks } = parts;
  const unproved = isUnproved(site);
  const kept = new Map<string, { holder: SlotHolder; device: Holder; status: HolderStatus }>();
  for (const holder of slotHolders(site)) {
    const device = holder.kind === 'panel' ? panel : locks.get(holder.name);
    if (device === null || device === undefined) continue;
    kept.set(holder.id, { holder, device, status: unheardOf(holder.id, clock.wall()) });
  }

  /** The armed gate: the door process's own arm states, at the moment of the write. */
  const mayWrite = (holderId: string, touched: readonly string[]): boolean => {
    const found = kept.get(holderId);
    if (found === undefined) return false;
    if (found.status.programs_while_armed) return true;
    const names = touched.length > 0 ? touched : found.holder.partitions.map(({ name }) => name);
    return names.every((name) => parts.partitions.state(name) === 'disarmed');
  };

  const work = programmer({
    devices: new Map([...kept].map(([id, { device }]) => [id, device])),
    mayWrite,
    lookupKey: parts.lookupKey,
    ended({ order_id, holder_id, slot }, result) {
      const { outcome } = result;
      if (outcome !== null && !outcome.ok && isMisconfigured(outcome.why)) {
        heard(holder_id, { type: 'misconfigured', detail: outcome.detail });
      } else if (outcome?.ok === true) heard(holder_id, { type: 'configured' });
      const data = { order_id, slot, ...result };
      journal.append({ time: clock.wall(), type: 'slot.result', resource: `holder/${holder_id}`, data });
    },
    failed: parts.failed,
  });

  function heard(id: string, report: HolderReport): void {
    const found = kept.get(id);
    if (found === undefined) return;
    const before = found.status;
    const time = clock.wall();
    const doubt = unproved && found.holder.kind === 'panel' ? unprovedNote : null;
    found.status = statusAfter(before, report, found.holder, doubt, time);
    tell(`holder/${id}`, report, before, time);
    parts.changed();
  }

  /** Devices repeat themselves after each reconnection; the journal does not. */
  function tell(resource: string, report: HolderReport, before: HolderStatus, time: number): void {
    switch (report.type) {
      case 'online':
        if (before.state === 'online') return;
        journal.append({ time, type: 'holder.online', resource, data: { firmware: report.firmware } });
        return;
      case 'offline':
      case 'asleep':
        if (before.state === report.type) return;
        journal.append({
          time,
          type: `holder.${report.type}`,
          resource,
          data: { reason: report.detail },
        });
        return;
      case 'misconfigured':
        if (before.misconfigured !== null) return;
        journal.append({ time, type: 'holder.misconfigured', resource, data: { detail: report.detail } });
        return;
      case 'configured':
        if (before.misconfigured === null) return;
        journal.append({ time, type: 'holder.configured', resource, data: {} });
        return;
      case 'changed_by_hand':
        journal.append({ time, type: 'holder.changed_by_hand', resource, data: { slot: report.slot } });
        return;
      case 'used':
        journal.append({ time: report.at, type: 'holder.used', resource, data: { slot: report.slot } });
        return;
    }
  }

  function event(id: string, { what, partition, user, zone, code, at, recovered }: PanelEvent): void {
    const partition_id = site.panel?.partitions.find(({ name }) => name === partition)?.id ?? null;
    const type = what === 'trouble' ? 'panel.trouble_began' : (`panel.${what}` as const);
    const resource = partition_id === null ? `holder/${id}` : `partition/${partition_id}`;
    journal.append({ time: at, type, resource, data: { partition_id, slot: user, zone, code, recovered } });
  }

  return {
    ...work,
    start() {
      for (const [id, { holder }] of kept) {
        if (holder.kind === 'panel') {
          panel?.start((report) => {
            if (report.type === 'event') event(id, report);
            else if (report.type === 'partition' || report.type === 'trouble') parts.panelHeard(report);
            else heard(id, report);
          });
        } else locks.get(holder.name)?.start((report) => heard(id, report));
      }
    },
    async arm(partitionId, how, operator) {
      const name = site.panel?.partitions.find(({ id }) => id === partitionId)?.name;
      if (name === undefined || panel === null) {
        return {
          ok: false,
          code: 'not_found',
          detail: 'no panel that can be armed from here has this partition',
        };
      }
      const outcome = how === 'disarm' ? await panel.disarm(name) : await panel.arm(name, how);
      const result = armResult(outcome);
      const code = result.ok ? null : result.code;
      journal.append({
        time: clock.wall(),
        type: 'partition.commanded',
        resource: `partition/${partitionId}`,
        data: { how, operator, code },
      });
      return result;
    },
    status: () => [...kept.values()].map(({ status }) => status),
    async close() {
      work.drop();
      await Promise.all([panel, ...locks.values()].map((device) => device?.close()));
    },
  };
}

/** The device itself is set up wrongly: one alarm, however many orders find it out. */
const isMisconfigured = (why: string): boolean =>
  why === 'bad_master' || why === 'no_authority' || why === 'disabled_in_panel';

const unheardOf = (id: string, since: number): HolderStatus => ({
  id,
  state: 'unknown',
  since,
  detail: null,
  firmware: null,
  misconfigured: null,
  programs_while_armed: false,
});

/** The panel is on a secure port that takes any device for it. */
function isUnproved({ ports, panel }: Site): boolean {
  const port = ports.find(({ name }) => name === panel?.port);
  return port?.kind === 'tls' && port.trust.by === 'nothing';
}

const unprovedNote = 'INSECURE: whoever answers is taken for the panel (certificate = "any")';

function statusAfter(
  before: HolderStatus,
  report: HolderReport,
  holder: SlotHolder,
  doubt: string | null,
  now: number,
): HolderStatus {
  switch (report.type) {
    case 'online': {
      const { firmware } = report;
      return {
        ...before,
        state: 'online',
        since: now,
        detail: doubt,
        firmware,
        programs_while_armed: programsWhileArmed(holder, firmware),
      };
    }
    case 'offline':
    case 'asleep': {
      const { type: state, detail } = report;
      return { ...before, state, since: before.state === state ? before.since : now, detail };
    }
    case 'misconfigured':
      return { ...before, misconfigured: report.detail };
    case 'configured':
      return { ...before, misconfigured: null };
    case 'changed_by_hand':
    case 'used':
      return before;
  }
}

const armCodes = {
  offline: 'panel_offline',
  no_code: 'panel_code_missing',
  refused: 'panel_refused',
  not_ready: 'panel_not_ready',
  unknown_result: 'unknown_result',
} as const;

function armResult(outcome: ArmOutcome): CommandResult {
  return outcome.ok ? { ok: true } : { ok: false, code: armCodes[outcome.why], detail: outcome.detail };
}
