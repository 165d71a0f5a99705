import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import { nearestName } from '../core/nearest-name.ts';
import type { Site } from '../core/site.ts';
import { parseFrame } from '../reader/osdp/frame.ts';
import type { SimulatedCodeLock } from './code-lock.ts';
import { osdpReaders, type SimulatedReader } from './osdp-reader.ts';
import type { LightColor } from './reader-display.ts';
import type { RelayUnit } from './relay-board.ts';
import { type SimulatedDoor, simulatedDoor } from './simulated-door.ts';
import type { SimulatedEvent } from './simulated-event.ts';
import { modbusBus } from './site-boards.ts';

export interface SimulatedSite {
  /** Bytes from the controller on the wire of a port. */
  receive(port: string, bytes: Uint8Array): void;
  /** Each throws AppError `not_found` for a name that the site has not. */
  reader(name: string): SimulatedReader;
  door(name: string): SimulatedDoor;
  board(lock: string): RelayUnit;
  codeLock(name: string): SimulatedCodeLock;
  arm(partition: string, armed: boolean): void;
  state(): SimulatedState;
}

export interface SimulatedState {
  doors: Record<string, { open: boolean; lock: 'released' | 'secured' }>;
  readers: Record<string, { color: LightColor; blinking: boolean; beeps: number }>;
  code_locks: Record<string, { slots_in_use: number }>;
  partitions: Record<string, 'armed' | 'disarmed'>;
}

/**
 * The readers, locks, doors and panel contacts of a site, simulated on the wires of its ports. Doors are closed and the panel is disarmed at
 * first. `send` puts bytes on the wire of a port.
 */
export function simulatedSite(
  site: Site,
  clock: Clock,
  send: (port: string, bytes: Uint8Array) => void,
  happened: (event: SimulatedEvent) => void,
): SimulatedSite {
  const readers = new Map<string, SimulatedReader>();
  const boards = new Map<string, RelayUnit>();
  const codeLocks = new Map<string, SimulatedCodeLock>();
  const doors = new Map<string, SimulatedDoor>();
  const wires = new Map<string, (bytes: Uint8Array) => void>();
  const armed = new Map<string, boolean>();
  const contacts = site.panel?.kind === 'dry_contact' ? site.panel.partitions : [];
  const partitions = new Map(contacts.map((one) => [one.name, one]));
  let panelBoard: RelayUnit | null = null;

  for (const { name: port } of site.ports) {
    const here = site.readers.filter((reader) => reader.port === port);
    if (here.length > 0) {
      const names = new Map(here.map((reader) => [reader.address, reader.name]));
      const line = osdpReaders(clock, (bytes) => {
        tellReport(bytes, names, happened);
        send(port, bytes);
      });
      wires.set(port, line.receive);
      for (const { name, address } of here) readers.set(name, line.reader(address));
      continue;
    }
    const bus = modbusBus(site, port, clock, (bytes) => send(port, bytes), happened);
    wires.set(port, bus.receive);
    for (const [name, board] of bus.locks) boards.set(name, board);
    for (const [name, lock] of bus.codeLocks) codeLocks.set(name, lock);
    panelBoard ??= bus.panel;
  }
  for (const door of site.doors) {
    const lock = site.locks.find(({ name }) => name === door.lock);
    const board = boards.get(door.lock);
    if (lock !== undefined && board !== undefined) {
      doors.set(door.name, simulatedDoor(door.name, lock, board, clock, happened));
    }
  }

  const setArmed = (name: string, now: boolean): void => {
    const partition = known('partition', name, partitions);
    armed.set(name, now);
    panelBoard?.setInput(partition.disarmed_input, !now);
    if (partition.armed_input !== null) panelBoard?.setInput(partition.armed_input, now);
  };
  for (const name of partitions.keys()) setArmed(name, false);

  return {
    receive: (port, bytes) => wires.get(port)?.(bytes),
    reader: (name) => known('reader', name, readers),
    door: (name) => known('door', name, doors),
    board: (lock) => known('lock', lock, boards),
    codeLock: (name) => known('lock with a code table', name, codeLocks),
    arm(name, now) {
      setArmed(name, now);
      happened({ event: 'partition_moved', partition: name, armed: now });
    },
    state: () => ({
      doors: mapped(doors, (door) => ({
        open: door.isOpen(),
        lock: door.isReleased() ? 'released' : 'secured',
      })),
      readers: mapped(readers, (reader) => reader.shows()),
      code_locks: mapped(codeLocks, (lock) => ({ slots_in_use: lock.used() })),
      partitions: mapped(armed, (now) => (now ? 'armed' : 'disarmed')),
    }),
  };
}

function known<T>(kind: string, name: string, all: ReadonlyMap<string, T>): T {
  const found = all.get(name);
  if (found !== undefined) return found;
  const near = nearestName(name, all.keys());
  const right = near === null ? `known: ${[...all.keys()].join(', ')}` : `did you mean "${near}"?`;
  throw new AppError('not_found', `no ${kind} is called "${name}"; ${right}`);
}

function mapped<T, U>(all: ReadonlyMap<string, T>, turn: (one: T) => U): Record<string, U> {
  return Object.fromEntries([...all].map(([name, one]) => [name, turn(one)]));
}

/** RAW and KEYPAD (SIA OSDP 2.2, replies 50 and 53) are told; whatever is no whole frame is a fault at work. */
function tellReport(
  bytes: Uint8Array,
  names: ReadonlyMap<number, string>,
  happened: (event: SimulatedEvent) => void,
): void {
  const parsed = parseFrame(bytes[0] === 0xff ? bytes.subarray(1) : bytes);
  if (parsed.type !== 'frame') return;
  const reader = names.get(parsed.frame.address);
  if (reader === undefined) return;
  if (parsed.frame.code === 0x50) happened({ event: 'card_reported', reader });
  if (parsed.frame.code === 0x53) happened({ event: 'key_reported', reader });
}
