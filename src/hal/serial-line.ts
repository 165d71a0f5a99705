import type { SerialPort } from 'serialport';
import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { SitePort } from '../core/site.ts';
import { type Connection, type ConnectionEvents, reconnectingLine } from './reconnecting-line.ts';

export type SerialSitePort = Extract<SitePort, { kind: 'serial' }>;

/** Bytes a stuck adapter may leave unsent before the port counts as lost. */
const unsentBound = 65_536;

/**
 * A line over a serial port. Every connection is a new port object: one that has seen an error stays deaf and mute even
 * after it reopens (serialport 13). The library is loaded with the first line, so that a site without serial ports goes without.
 */
export function serialLine(port: SerialSitePort, clock: Clock, random: () => number): Line {
  return reconnectingLine({
    name: port.name,
    baud: port.baud,
    clock,
    random,
    connect: (events) => connectPort(port, events),
  });
}

function connectPort(port: SerialSitePort, events: ConnectionEvents): Connection {
  let device: SerialPort | null = null;
  let over = false;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const end = (reason: string): void => {
    const first = !over;
    over = true;
    if (device?.isOpen === true) device.close(() => release());
    else if (device?.opening !== true) release();
    if (first) events.ended(reason);
  };
  import('serialport')
    .then((library) => {
      if (over) return;
      device = new library.SerialPort({
        path: port.path,
        baudRate: port.baud,
        dataBits: port.data_bits,
        parity: port.parity,
        stopBits: port.stop_bits,
        lock: true,
        autoOpen: false,
      });
      device.on('data', (bytes: Buffer) => events.data(bytes));
      device.on('error', (error) => end(explain(port, error.message)));
      device.on('close', () => {
        end(`${port.path} is gone: has the adapter been unplugged?`);
        release();
      });
      device.open((error) => {
        if (error !== null) end(explain(port, error.message));
        else if (over) device?.close(() => release());
        else events.opened();
      });
    })
    .catch((error: unknown) => end(`${port.path} cannot be opened: ${String(error)}`));
  return {
    write(bytes) {
      if (over || device?.isOpen !== true) return false;
      if (device.writableLength > unsentBound) {
        end(`${port.path} takes no bytes`);
        return false;
      }
      // A failed write is told by the `error` event.
      device.write(Buffer.from(bytes));
      return true;
    },
    close() {
      end('closed');
      return released;
    },
  };
}

/** serialport knows what went wrong as text only. */
function explain(port: SerialSitePort, message: string): string {
  const { path, name } = port;
  if (/no such file|ENOENT|No such device/i.test(message)) {
    return `${path} does not exist: plug the adapter in, or set the path of port ${name} (see /dev/serial/by-id)`;
  }
  if (/permission denied|EACCES/i.test(message)) {
    return `${path} may not be opened: add the daemon's user to the group that owns it (often dialout)`;
  }
  if (/lock|temporarily unavailable|busy/i.test(message)) {
    return `${path} is in use by another program: end that, or give port ${name} another path`;
  }
  return `${path}: ${message}`;
}
