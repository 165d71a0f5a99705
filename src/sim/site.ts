import type { Card } from '../core/card.ts';
import type { CardFormat } from '../core/card-format.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Secret } from '../core/secret.ts';
import type { ReaderInput, Site } from '../core/site.ts';
import { type CardBits, encodeCard, type UidOrder } from '../core/wiegand.ts';
import { parseFrame } from '../reader/osdp/frame.ts';
import { asciiReader, type SimulatedAsciiReader } from './ascii-reader.ts';
import type { SimulatedCodeLock } from './code-lock.ts';
import type { PanelWire } from './elk-login.ts';
import { named } from './named.ts';
import { osdpReaders, type SimulatedReader } from './osdp-reader.ts';
import type { LightColor } from './reader-display.ts';
import type { RelayUnit } from './relay-board.ts';
import { type SimulatedDoor, simulatedDoor } from './simulated-door.ts';
import type { SimulatedEvent } from './simulated-event.ts';
import { modbusBus } from './site-boards.ts';
import { type SimulatedPanel, sitePanel } from './site-panel.ts';

export interface SimulatedSite {
  /** The controller has connected to a port anew. */
  connected(port: string): void;
  /** Bytes from the controller on the wire of a port. */
  receive(port: string, bytes: Uint8Array): void;
  readonly formats: readonly CardFormat[];
  /** Each throws AppError `not_found` for a name that the site has not. */
  present(reader: string, card: Card): void;
  type(reader: string, keys: string): void;
  reader(name: string): SimulatedReader;
  /** Puts a reader into install mode, as a button on its back does: it has no key any more. */
  resetReader(name: string): void;
  door(name: string): SimulatedDoor;
  board(lock: string): RelayUnit;
  codeLock(name: string): SimulatedCodeLock;
  /** Throws AppError `not_found` where there is none. */
  panel(): SimulatedPanel;
  state(): SimulatedState;
}

export interface SimulatedState {
  doors: Record<string, { open: boolean; lock: 'released' | 'secured' }>;
  /** `outputs`: of a reader that has some used, which are on. */
  readers: Record<string, { color: LightColor; blinking: boolean; beeps: number; outputs?: boolean[] }>;
  code_locks: Record<string, { slots_in_use: number }>;
  partitions: Record<string, 'armed' | 'disarmed'>;
  /** The codes of a panel that keeps some. */
  panel: { in_use: number; changes: number } | null;
}

/**
 * The readers, locks, doors and the panel of a site, simulated on the wires of its ports. Doors are closed and the panel is disarmed at
 * first. `send` puts bytes on the wire of a port; `masterCode` is that of a panel which has one, and `secure` what its secure port asks for.
 */
export function simulatedSite(
  site: Site,
  clock: Clock,
  send: (port: string, bytes: Uint8Array) => void,
  happened: (event: SimulatedEvent) => void,
  masterCode: Secret | null = null,
  secure: Omit<PanelWire, 'send'> = { login: null, hangUp: () => {} },
): SimulatedSite {
  const readers = new Map<string, SimulatedReader>();
  const asciiReaders = new Map<string, SimulatedAsciiReader>();
  const boards = new Map<string, RelayUnit>();
  const codeLocks = new Map<string, SimulatedCodeLock>();
  const doors = new Map<string, SimulatedDoor>();
  const wires = new Map<string, (bytes: Uint8Array) => void>();
  let panelBoard: RelayUnit | null = null;
  const keys = new Map<string, Uint8Array | null>();
  const tellKeys = (): void => {
    for (const [reader, { key }] of readers) {
      if (key() === (keys.get(reader) ?? null)) continue;
      keys.set(reader, key());
      happened({ event: 'key_changed', reader, paired: key() !== null });
    }
  };

  for (const { name: port } of site.ports) {
    const here = site.readers.filter((reader) => reader.port === port);
    const ascii = here.find((reader) => reader.ascii !== undefined);
    if (ascii?.ascii !== undefined) {
      asciiReaders.set(
        ascii.name,
        asciiReader(ascii.ascii, (bytes, event) => {
          happened({ event, reader: ascii.name });
          send(port, bytes);
        }),
      );
      continue;
    }
    if (here.length > 0) {
      const names = new Map(here.map((reader) => [reader.address, reader.name]));
      const line = osdpReaders(clock, (bytes) => {
        tellReport(bytes, names, happened);
        send(port, bytes);
      });
      wires.set(port, (bytes) => {
        line.receive(bytes);
        tellKeys();
      });
      for (const { name, address, outputs = [] } of here) {
        const reader = line.reader(address);
        readers.set(name, reader);
        if (outputs.length === 0) continue;
        reader.addOutputs(1 + Math.max(...outputs.map(({ output }) => output)), (output, on) =>
          happened({ event: 'output_moved', reader: name, output, on }),
        );
      }
      continue;
    }
    const bus = modbusBus(site, port, clock, (bytes) => send(port, bytes), happened);
    wires.set(port, bus.receive);
    for (const [name, board] of bus.locks) boards.set(name, board);
    for (const [name, lock] of bus.codeLocks) codeLocks.set(name, lock);
    panelBoard ??= bus.panel;
  }
  const atReader = (wiring: ReaderInput | undefined) =>
    wiring &&
    ((active: boolean): void =>
      readers.get(wiring.reader)?.setInput(wiring.input, active === (wiring.active_when === 'closed')));
  for (const door of site.doors) {
    const lock = site.locks.find(({ name }) => name === door.lock);
    const board = boards.get(door.lock);
    if (lock !== undefined && board !== undefined) {
      const elsewhere = { contact: atReader(door.contact), exit_button: atReader(door.exit_button) };
      doors.set(door.name, simulatedDoor(door.name, lock, board, clock, happened, elsewhere));
    }
  }

  const panelPort = site.panel === null || site.panel.kind === 'dry_contact' ? null : site.panel.port;
  const panel = sitePanel(
    site.panel,
    clock,
    { ...secure, send: (bytes) => panelPort !== null && send(panelPort, bytes) },
    panelBoard,
    masterCode,
  );
  const partitions = () => panel?.partitions() ?? {};
  let before = partitions();
  /** Partitions are armed and disarmed by people and by the controller. */
  const tellMoves = (): void => {
    const now = partitions();
    for (const [partition, state] of Object.entries(now)) {
      if (before[partition] === state) continue;
      happened({ event: 'partition_moved', partition, armed: state === 'armed' });
    }
    before = now;
  };
  if (panelPort !== null && panel !== null) {
    wires.set(panelPort, (bytes) => {
      panel.receive(bytes);
      tellMoves();
    });
  }

  return {
    formats: site.formats,
    connected(port) {
      if (port === panelPort) panel?.connected();
    },
    receive: (port, bytes) => wires.get(port)?.(bytes),
    present(name, card) {
      const order = site.readers.find((reader) => reader.name === name)?.uid ?? null;
      const shown = bitsOf(card, site.formats, order);
      const ascii = asciiReaders.get(name);
      if (ascii === undefined) named('reader', name, readers).presentBits(shown.bits, shown.bit_count);
      else ascii.present(card, shown);
    },
    type(name, keys) {
      (asciiReaders.get(name) ?? named('reader', name, readers)).type(keys);
    },
    reader: (name) => named('reader', name, readers),
    resetReader(name) {
      named('reader', name, readers).setKey(null);
      tellKeys();
    },
    door: (name) => named('door', name, doors),
    board: (lock) => named('lock', lock, boards),
    codeLock: (name) => named('lock with a code table', name, codeLocks),
    panel() {
      if (panel === null) throw new AppError('not_found', 'this site has no panel');
      return {
        ...panel,
        arm(partition, armed) {
          panel.arm(partition, armed);
          tellMoves();
        },
        enter(partition, code) {
          const taken = panel.enter(partition, code);
          tellMoves();
          return taken;
        },
      };
    },
    state: () => ({
      doors: mapped(doors, (door) => ({
        open: door.isOpen(),
        lock: door.isReleased() ? 'released' : 'secured',
      })),
      readers: mapped(readers, (reader) => {
        const outputs = reader.outputs();
        return outputs.length === 0 ? reader.shows() : { ...reader.shows(), outputs };
      }),
      code_locks: mapped(codeLocks, (lock) => ({ slots_in_use: lock.used() })),
      partitions: partitions(),
      panel: panel?.codes() ?? null,
    }),
  };
}

/** What a reader that sends serial numbers in this order makes of a card. */
function bitsOf(card: Card, formats: readonly CardFormat[], order: UidOrder | null): CardBits {
  if ('uid' in card) {
    const bits = order === 'reversed' ? card.uid.toReversed() : card.uid;
    return { bits, bit_count: bits.length * 8 };
  }
  const format = formats.find(({ name }) => name === card.format);
  if (format === undefined) throw new AppError('not_found', 'this site has no such card format');
  return encodeCard(format, card);
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
