import { connect } from 'node:net';
import { AppError } from '../core/error.ts';
import type { WirePort } from '../core/site.ts';
import { type CommandIo, UsageError } from './command.ts';
import { adminSocket } from './daemon.ts';
import { siteOfOption } from './site-option.ts';

/**
 * The port that an installer means: a serial device, the HOST:PORT of a gateway, or a port of the site file by name. Throws
 * `port_in_use` where the daemon runs that owns it: two that talk on one wire disturb each other.
 */
export async function busPort(
  place: string | undefined,
  { port: name, config }: { port?: string | undefined; config?: string | undefined },
  env: CommandIo['env'],
): Promise<WirePort> {
  if ((place === undefined) === (name === undefined)) throw new UsageError('give one of PORT and --port');
  if (name !== undefined) return portOfSite(name, config);
  const port = portAt(place ?? '');
  // The system itself keeps two programs from one serial port. Of a gateway nobody knows who else talks to it.
  if (port.kind === 'tcp') await refuseIfRunning(await adminSocket({ config }, env));
  return port;
}

function portAt(place: string): WirePort {
  if (place.startsWith('/')) {
    return {
      name: 'readers',
      kind: 'serial',
      path: place,
      baud: 9600,
      data_bits: 8,
      parity: 'none',
      stop_bits: 1,
    };
  }
  const [, host, digits] = /^(.+):(\d{1,5})$/.exec(place) ?? [];
  const number = Number(digits);
  if (host === undefined || number < 1 || number > 65_535) {
    throw new UsageError('PORT is a serial device such as /dev/ttyUSB0, or the HOST:PORT of a gateway');
  }
  return { name: 'readers', kind: 'tcp', host, port: number, baud: 9600 };
}

async function portOfSite(name: string, config: string | undefined): Promise<WirePort> {
  const { site, path } = await siteOfOption(config);
  const { ports, api } = site;
  const port = ports.find((one) => one.name === name);
  if (port === undefined) {
    const known = ports.map((one) => one.name).join(', ');
    throw new AppError('not_found', `${path} has no such port; it has: ${known || 'none'}`);
  }
  if (port.kind === 'evdev')
    throw new AppError('invalid_input', `port ${name} is a USB keyboard: no OSDP readers are on it`);
  if (port.kind === 'tls')
    throw new AppError(
      'invalid_input',
      `port ${name} is the secure port of a panel: no OSDP readers are on it`,
    );
  await refuseIfRunning(api.socket);
  return port;
}

async function refuseIfRunning(socket: string): Promise<void> {
  const runs = await new Promise<boolean>((resolve) => {
    const probe = connect(socket);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
  if (!runs) return;
  const remedy = 'stop it first (systemctl stop postern), and start it again afterwards';
  throw new AppError('port_in_use', `the daemon runs and owns its ports: ${remedy}`);
}
