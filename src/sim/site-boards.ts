import type { Clock } from '../core/clock.ts';
import type { LockModel, Site, SiteContactPanel } from '../core/site.ts';
import { type RelayUnit, relayBoard } from './relay-board.ts';
import type { SimulatedEvent } from './simulated-event.ts';

/** The boards of one Modbus port of a site: those of its locks, and the one that reads the panel's contacts. */
export function modbusBus(
  site: Site,
  port: string,
  clock: Clock,
  send: (bytes: Uint8Array) => void,
  happened: (event: SimulatedEvent) => void,
): {
  receive(bytes: Uint8Array): void;
  locks: { name: string; unit: RelayUnit }[];
  panel: RelayUnit | null;
} {
  const locks = site.locks.filter((lock) => lock.port === port);
  const contacts = site.panel?.kind === 'dry_contact' ? site.panel : null;
  const panel = contacts?.port === port ? contacts : null;
  const models = new Map(locks.map(({ unit, model }) => [unit, model]));
  if (panel !== null && !models.has(panel.unit)) models.set(panel.unit, contactBoard(panel));
  const bus = relayBoard(
    clock,
    send,
    [...models].map(([unit, model]) => ({ unit, model })),
    ({ news, unit, relay, energised }) => {
      const lock = locks.find((one) => one.unit === unit && one.relay === relay);
      if (lock === undefined) return;
      const released = energised === (lock.released_when === 'energised');
      happened({ event: `lock_${news}`, lock: lock.name, state: released ? 'released' : 'secured' });
    },
  );
  return {
    receive: bus.receive,
    locks: locks.map(({ name, unit }) => ({ name, unit: bus.unit(unit) })),
    panel: panel === null ? null : bus.unit(panel.unit),
  };
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
