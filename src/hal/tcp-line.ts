import { connect } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { SitePort } from '../core/site.ts';
import { reconnectingLine } from './reconnecting-line.ts';
import { explainAddress, socketConnection } from './socket-connection.ts';

export type TcpPort = Extract<SitePort, { kind: 'tcp' }>;

const connectMs = 5000;

/** A line to an RS-485 gateway over TCP: raw bytes both ways, no framing of its own. */
export function tcpLine(port: TcpPort, clock: Clock, random: () => number): Line {
  const { name, baud, host } = port;
  const place = `${host}:${port.port}`;
  const rules = {
    place,
    ready: 'connect',
    patienceMs: connectMs,
    silent: `${place} does not answer: is the gateway on?`,
    explain: (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNREFUSED'
        ? `${place} refuses the connection: is the gateway's serial server on, and the port number right?`
        : (explainAddress(place, error) ?? `${place}: ${error.message}`),
  } as const;
  return reconnectingLine({
    name,
    baud,
    clock,
    random,
    connect: (events) =>
      socketConnection(
        connect({ host, port: port.port, noDelay: true, keepAlive: true }),
        rules,
        events,
        clock,
      ),
  });
}
