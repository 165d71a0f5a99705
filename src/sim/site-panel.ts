import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Secret } from '../core/secret.ts';
import type { NumberedPartition, SiteCodePanel, SiteContactPanel, SitePanel } from '../core/site.ts';
import { sixDigits } from '../panel/elk-m1/layout.ts';
import { contactFaults, contactPanel } from './contact-panel.ts';
import { elkFaults } from './elk-fault.ts';
import { elkLogin, type PanelWire } from './elk-login.ts';
import { elkPanel } from './elk-panel.ts';
import { named, unknownName } from './named.ts';
import { nxFaults } from './nx-fault.ts';
import { nxPanel } from './nx-panel.ts';
import type { RelayUnit } from './relay-board.ts';

/**
 * The alarm panel of a simulated site, of whatever kind, and somebody at its keypad. Partitions go by name and, where they have one, by
 * number; each call that takes one throws AppError `not_found`.
 */
export interface SimulatedPanel {
  /** The controller has made a new connection to the panel's own port. */
  connected(): void;
  /** Bytes from the controller on the panel's own line. */
  receive(bytes: Uint8Array): void;
  /** At a keypad, without exit delay. */
  arm(partition: string, armed: boolean): void;
  alarm(partition: string, active: boolean): void;
  /** Types a code, which arms a disarmed partition and disarms an armed one. False: no code for this partition. */
  enter(partition: string, code: string): boolean;
  /** Throws AppError `invalid_input` for a fault that this panel cannot have. */
  fault(fault: string, on: boolean): void;
  partitions(): Record<string, 'armed' | 'disarmed'>;
  /** Codes in slots that are not reserved, and how often any slot was ordered to change; null: it keeps no codes. */
  codes(): { in_use: number; changes: number } | null;
}

/** The panel of a site; null: it has none. `board` reads the contacts of one on dry contacts. The master user has `masterCode`, else 1234. */
export function sitePanel(
  panel: SitePanel | null,
  clock: Clock,
  wire: PanelWire,
  board: RelayUnit | null,
  masterCode: Secret | null,
): SimulatedPanel | null {
  if (panel === null) return null;
  const master = masterCode?.reveal() ?? '1234';
  switch (panel.kind) {
    case 'dry_contact':
      return board === null ? null : contacts(panel, clock, board);
    case 'nx_584':
      return nx(panel, clock, wire.send, master);
    case 'elk_m1':
      return elk(panel, clock, wire, master);
  }
}

function contacts(site: SiteContactPanel, clock: Clock, board: RelayUnit): SimulatedPanel {
  const panel = contactPanel(site, board, clock);
  return {
    connected: () => {},
    receive: () => {},
    arm: panel.arm,
    alarm: panel.onlyContacts,
    enter: panel.onlyContacts,
    fault: (fault, on) => panel.fault(faultIn(contactFaults, fault), on),
    partitions: () => shown(site.partitions, ({ name }) => panel.armed(name)),
    codes: () => null,
  };
}

function nx(
  site: SiteCodePanel,
  clock: Clock,
  send: (bytes: Uint8Array) => void,
  master: string,
): SimulatedPanel {
  const number = numberIn(site);
  const panel = nxPanel(clock, send, {
    wire: site.wire,
    length: lengthOf(master),
    partitions: Math.max(...site.partitions.map((one) => one.number)),
    master,
  });
  return {
    connected: () => {},
    receive: panel.receive,
    arm: (name, armed) => (armed ? panel.arm(number(name)) : panel.disarm(number(name))),
    alarm: (name, active) => panel.alarm(number(name), active),
    enter: (name, code) => panel.enter(number(name), code),
    fault: (fault, on) => panel.fault(faultIn(nxFaults, fault), on),
    partitions: () => shown(site.partitions, (one) => panel.armed(one.number)),
    codes: () => ({
      in_use: inUse(site, (slot) => panel.code(slot) !== null),
      changes: panel.userCommands().length,
    }),
  };
}

/** Characters of AS: a burglar alarm, and none. */
const burglary = '6';
const noAlarm = '0';

function elk(site: SiteCodePanel, clock: Clock, wire: PanelWire, master: string): SimulatedPanel {
  const number = numberIn(site);
  const port = elkLogin(wire, (bytes) => panel.receive(bytes));
  const panel = elkPanel(clock, port.send, {
    users: [{ slot: site.model.traits.reserved_slots[0] ?? 1, code: master, areas: 0xff, master: true }],
    codeLength: lengthOf(master),
  });
  const free = sixDigits('0');
  return {
    connected: port.connected,
    receive: port.receive,
    arm: (name, armed) => (armed ? panel.arm(number(name)) : panel.disarm(number(name))),
    alarm: (name, active) => panel.alarm(number(name), active ? burglary : noAlarm),
    enter(name, code) {
      const area = number(name);
      const user = [...panel.users].find(
        ([, one]) => one.code === sixDigits(code) && !one.restricted && (one.areas >> (area - 1)) & 1,
      );
      if (user === undefined) return false;
      if (panel.armed(area)) panel.disarm(area, user[0]);
      else panel.arm(area, user[0]);
      return true;
    },
    fault(fault, on) {
      const known = faultIn(elkFaults, fault);
      panel.fault(known, on);
      port.fault(known, on);
    },
    partitions: () => shown(site.partitions, (one) => panel.armed(one.number)),
    codes: () => ({
      in_use: inUse(site, (slot) => (panel.users.get(slot)?.code ?? free) !== free),
      changes: panel.changes(),
    }),
  };
}

function numberIn({ partitions }: SiteCodePanel): (nameOrNumber: string) => number {
  const numbers = new Map(partitions.map(({ name, number }) => [name, number]));
  for (const { number } of partitions) if (!numbers.has(String(number))) numbers.set(String(number), number);
  return (nameOrNumber) => named('partition', nameOrNumber, numbers);
}

/** All codes of a panel are as long as its master's. */
const lengthOf = (master: string): 4 | 6 => (master.length === 6 ? 6 : 4);

function inUse({ model }: SiteCodePanel, holds: (slot: number) => boolean): number {
  const { first_slot, capacity, reserved_slots } = model.traits;
  const slots = Array.from({ length: capacity }, (_, i) => first_slot + i);
  return slots.filter((slot) => !reserved_slots.includes(slot) && holds(slot)).length;
}

function shown<T extends Pick<NumberedPartition, 'name'>>(
  partitions: readonly T[],
  armed: (one: T) => boolean,
): Record<string, 'armed' | 'disarmed'> {
  return Object.fromEntries(partitions.map((one) => [one.name, armed(one) ? 'armed' : 'disarmed']));
}

function faultIn<T extends string>(faults: readonly T[], name: string): T {
  const found = faults.find((one) => one === name);
  if (found !== undefined) return found;
  throw new AppError('invalid_input', unknownName('fault of this panel', name, faults));
}
