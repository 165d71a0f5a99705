import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { PanelLogin } from '../core/panel.ts';
import type { Secret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import { type BusServer, busServer, type SecureWire } from './bus-server.ts';
import { obey, type Wires } from './control.ts';
import { controlServer } from './control-server.ts';
import type { ReaderMemory } from './reader-memory.ts';
import { selfSigned } from './self-signed.ts';
import { simulatedSite } from './site.ts';

export interface ServedSite {
  /** TCP ports by name of the site's ports, and that of the control connection. */
  readonly ports: Readonly<Record<string, number>>;
  readonly control: number;
  /** SHA-256 fingerprints of what secure ports show, new with each start. */
  readonly certificates: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * A simulated site on the network: each TCP or TLS port of the site file is served where the daemon will look for it, and a control port
 * lets people and tests act. `masterCode`: that of the site's panel, if it has one; `login`: what its secure port asks for. `memory`: of the readers; left out, they forget their
 * keys when they end. Rejects with `config_invalid` for a port that cannot be served.
 */
export async function serveSite(
  site: Site,
  control: { host: string; port: number },
  clock: Clock,
  masterCode: Secret | null = null,
  memory: ReaderMemory | null = null,
  login: PanelLogin | null = null,
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
    { login, hangUp: () => servers.get(site.panel?.port ?? '')?.hangUp() },
  );
  const certificates = new Map<string, string>();
  for (const { name, protocol } of site.readers) {
    if (protocol === 'osdp') simulated.reader(name).setKey(memory?.keys.get(name) ?? null);
  }
  const wires: Wires = {
    plug(port, plugged) {
      const server = servers.get(port);
      if (server === undefined) throw new AppError('not_found', `no port is called "${port}"`);
      server.plug(plugged);
    },
    state: () =>
      Object.fromEntries(
        [...servers].map(([name, server]) => {
          const certificate = certificates.get(name);
          return [name, { ...server.state(), ...(certificate === undefined ? {} : { certificate }) }];
        }),
      ),
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
        const remedy = 'the simulator serves ports of kind "tcp" and "tls" only';
        throw new AppError('config_invalid', `port "${port.name}" is ${port.path}; ${remedy}`);
      }
      const address = { host: port.host, port: port.port };
      const connected = () => simulated.connected(port.name);
      let secure: SecureWire | null = null;
      if (port.kind === 'tls') {
        const { fingerprint, ...shown } = selfSigned(port.host, clock.wall());
        certificates.set(port.name, fingerprint);
        secure = { ...shown, version: tlsNames[port.version] };
      }
      const receive = (bytes: Uint8Array) => simulated.receive(port.name, bytes);
      servers.set(port.name, await busServer(address, receive, { secure, connected }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const ports = Object.fromEntries([...servers].map(([name, server]) => [name, server.port]));
  return { ports, control: controls.port, certificates: Object.fromEntries(certificates), close };
}

const tlsNames = { '1.0': 'TLSv1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;
