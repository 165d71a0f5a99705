import type { Clock } from '../core/clock.ts';
import type { LockModel, Site, SiteContactPanel } from '../core/site.ts';
import { codeLockUnit, type SimulatedCodeLock } from './code-lock.ts';
import { type ModbusUnit, modbusUnits } from './modbus-units.ts';
import { type RelayUnit, relayUnit } from './relay-board.ts';
import type { SimulatedEvent } from './simulated-event.ts';

/** What is on one Modbus port of a site: the boards of its locks, the one that reads the panel's contacts, locks with a code table. */
export function modbusBus(
  site: Site,
  port: string,
  clock: Clock,
  send: (bytes: Uint8Array) => void,
  happened: (event: SimulatedEvent) => void,
): {
  receive(bytes: Uint8Array): void;
  locks: ReadonlyMap<string, RelayUnit>;
  codeLocks: ReadonlyMap<string, SimulatedCodeLock>;
  panel: RelayUnit | null;
} {
  const locks = site.locks.filter((lock) => lock.port === port);
  const contacts = site.panel?.kind === 'dry_contact' ? site.panel : null;
  const panel = contacts?.port === port ? contacts : null;
  const models = new Map(locks.map(({ unit, model }) => [unit, model]));
  if (panel !== null && !models.has(panel.unit)) models.set(panel.unit, contactBoard(panel));
  const units = new Map<number, ModbusUnit>();
  const boards = new Map<string, RelayUnit>();
  const codeLocks = new Map<string, SimulatedCodeLock>();
  let panelBoard: RelayUnit | null = null;
  for (const [unit, model] of models) {
    const board = relayUnit(clock, { unit, model }, ({ news, relay, energised }) => {
      const lock = locks.find((one) => one.unit === unit && one.relay === relay);
      if (lock === undefined) return;
      const released = energised === (lock.released_when === 'energised');
      happened({ event: `lock_${news}`, lock: lock.name, state: released ? 'released' : 'secured' });
    });
    units.set(unit, board);
    for (const lock of locks) if (lock.unit === unit) boards.set(lock.name, board);
    if (panel?.unit === unit) panelBoard = board;
  }
  for (const lock of site.code_locks) {
    if (lock.port !== port) continue;
    const device = codeLockUnit(clock, lock, (news) => happened({ ...news, lock: lock.name }));
    units.set(lock.unit, device);
    codeLocks.set(lock.name, device);
  }
  return { receive: modbusUnits(clock, send, units), locks: boards, codeLocks, panel: panelBoard };
}

/** A board with inputs only, as many as the panel's contacts need. */
function contactBoard(panel: SiteContactPanel): LockModel {
  const inputs = panel.partitions.flatMap((one) => [one.disarmed_input, one.armed_input ?? 0]);
  return {
    name: 'contacts',
    title: 'Contacts of a panel',
    relays: 0,
    inputs: Math.max(0, ...inputs) + 1,
    first_coil: 0,
    first_input: 0,
    timed: null,
    reply_timeout_ms: 100,
  };
}
