import { connect, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { SitePort } from '../core/site.ts';
import { type Connection, type ConnectionEvents, reconnectingLine } from './reconnecting-line.ts';

export type TcpPort = Extract<SitePort, { kind: 'tcp' }>;

/** A gateway that has not answered the connection by then is not there. */
const connectMs = 5000;
/** Bytes a stuck gateway may leave unsent before the connection counts as lost. */
const unsentBound = 65_536;

/** A line to an RS-485 gateway over TCP: raw bytes both ways, no framing of its own. */
export function tcpLine(port: TcpPort, clock: Clock, random: () => number): Line {
  const place = `${port.host}:${port.port}`;
  const open = (events: ConnectionEvents): Connection => {
    const socket: Socket = connect({ host: port.host, port: port.port, noDelay: true, keepAlive: true });
    let fault: string | null = null;
    const fail = (reason: string): void => {
      fault ??= reason;
      socket.destroy();
    };
    const patience = clock.after(connectMs, () => fail(`${place} does not answer: is the gateway on?`));
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        patience();
        resolve();
        events.ended(fault ?? `${place} closed the connection`);
      });
    });
    socket.on('connect', () => {
      patience();
      events.opened();
    });
    socket.on('data', (bytes) => events.data(bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fault ??= explain(place, error);
    });
    return {
      write(bytes) {
        if (socket.destroyed || !socket.writable) return false;
        if (socket.writableLength > unsentBound) {
          fail(`${place} takes no bytes`);
          return false;
        }
        socket.write(bytes);
        return true;
      },
      close() {
        socket.destroy();
        return closed;
      },
    };
  };
  return reconnectingLine({ name: port.name, baud: port.baud, clock, random, connect: open });
}

function explain(place: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${place} refuses the connection: is the gateway's serial server on, and the port number right?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${place} is not a name that can be resolved: write its address, or check the name server`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${place} cannot be reached: check the network cable and the gateway's address`;
    default:
      return `${place}: ${error.message}`;
  }
}
