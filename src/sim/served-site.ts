import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Secret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import { type BusServer, busServer } from './bus-server.ts';
import { obey, type Wires } from './control.ts';
import { controlServer } from './control-server.ts';
import type { ReaderMemory } from './reader-memory.ts';
import { simulatedSite } from './site.ts';

export interface ServedSite {
  /** TCP ports by name of the site's ports, and that of the control connection. */
  readonly ports: Readonly<Record<string, number>>;
  readonly control: number;
  close(): Promise<void>;
}

/**
 * A simulated site on the network: each TCP port of the site file is served where the daemon will look for it, and a control port
 * lets people and tests act. `masterCode`: that of the site's panel, if it has one. `memory`: of the readers; left out, they forget their
 * keys when they end. Rejects with `config_invalid` for a port that cannot be served.
 */
export async function serveSite(
  site: Site,
  control: { host: string; port: number },
  clock: Clock,
  masterCode: Secret | null = null,
  memory: ReaderMemory | null = null,
): Promise<ServedSite> {
  const servers = new Map<string, BusServer>();
  const nowUs = () => Math.round(clock.mono() * 1000);
  const simulated = simulatedSite(
    site,
    clock,
    (port, bytes) => servers.get(port)?.send(bytes),
    (event) => {
      controls.tell({ ...event, at_us: nowUs() });
      if (event.event === 'key_changed') memory?.keep(event.reader, simulated.reader(event.reader).key());
    },
    masterCode,
  );
  for (const { name, protocol } of site.readers) {
    if (protocol === 'osdp') simulated.reader(name).setKey(memory?.keys.get(name) ?? null);
  }
  const wires: Wires = {
    plug(port, plugged) {
      const server = servers.get(port);
      if (server === undefined) throw new AppError('not_found', `no port is called "${port}"`);
      server.plug(plugged);
    },
    state: () => Object.fromEntries([...servers].map(([name, server]) => [name, server.state()])),
  };
  const controls = await controlServer(control, (request) => obey(simulated, wires, request, nowUs));
  const close = async (): Promise<void> => {
    await Promise.all([controls.close(), ...[...servers.values()].map((server) => server.close())]);
  };
  try {
    for (const port of site.ports) {
      // A keyboard is plugged into the controller itself: there is no wire to serve.
      if (port.kind === 'evdev') continue;
      if (port.kind === 'serial') {
        const remedy = 'the simulator serves ports of kind "tcp" only';
        throw new AppError('config_invalid', `port "${port.name}" is ${port.path}; ${remedy}`);
      }
      const address = { host: port.host, port: port.port };
      servers.set(port.name, await busServer(address, (bytes) => simulated.receive(port.name, bytes)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const ports = Object.fromEntries([...servers].map(([name, server]) => [name, server.port]));
  return { ports, control: controls.port, close };
}
