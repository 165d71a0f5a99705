import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { TlsPort } from '../core/site.ts';
import type { TlsTrust, TlsVersion } from '../core/tls-trust.ts';
import { type Connection, type ConnectionEvents, reconnectingLine } from './reconnecting-line.ts';
import { explainAddress, socketConnection } from './socket-connection.ts';

/** Old interfaces take seconds for their part of a handshake. */
const connectMs = 15_000;

/**
 * A line to the secure port of a panel. It speaks the TLS version of the port and no other, and no byte leaves before the device has proved
 * what the port wants proved.
 */
export function tlsLine(port: TlsPort, clock: Clock, random: () => number): Line {
  return reconnectingLine({
    name: port.name,
    baud: port.baud,
    clock,
    random,
    connect: (events) => connectTo(port, events, clock),
  });
}

function connectTo(port: TlsPort, events: ConnectionEvents, clock: Clock): Connection {
  const { name, host, version, trust } = port;
  const place = `${host}:${port.port}`;
  const authority = authorityOf(trust);
  const socket = connect({
    host,
    port: port.port,
    // Whom to believe is judged below, where it can be said what was seen.
    rejectUnauthorized: false,
    ...(authority.ca === null ? {} : { ca: authority.ca }),
    ...dialects[version],
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  const disagreed = `${place} does not agree on TLS ${version}: set version of port ${name} to the one that the panel speaks ("1.0" for an M1XEP older than 2.0.46)`;
  return socketConnection(
    socket,
    {
      place,
      ready: 'secureConnect',
      patienceMs: connectMs,
      silent: `${place} does not answer: is the panel's network interface on, and this its secure port?`,
      judge: () => authority.fault ?? distrust(socket, trust, name, place),
      refused: disagreed,
      explain(error, opened) {
        const { code = '' } = error;
        if (code === 'ECONNREFUSED') {
          return `${place} refuses the connection: is the panel's secure port on, and the port number right?`;
        }
        if (!opened && /^(ECONNRESET|EPROTO|ERR_SSL_.*)$/.test(code)) return disagreed;
        return explainAddress(place, error) ?? `${place}: ${error.message}`;
      },
    },
    events,
    clock,
  );
}

/** One version each (gwww/elkm1 `util.py`: an M1XEP does not negotiate). OpenSSL 3 has TLS 1.0 at its lowest security level only. */
const dialects: Record<
  TlsVersion,
  { minVersion: SecureVersion; maxVersion: SecureVersion; ciphers?: string }
> = {
  '1.0': { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
  '1.2': { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  '1.3': { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
};

/** The file is read with each connection, so that a mended one counts without a restart. */
function authorityOf(trust: TlsTrust): { ca: string | null; fault: string | null } {
  if (trust.by !== 'authority') return { ca: null, fault: null };
  try {
    const ca = readFileSync(trust.file, 'latin1');
    // Throws for what is none; the socket would take it for an empty list.
    new X509Certificate(ca);
    return { ca, fault: null };
  } catch {
    const fault = `${trust.file} holds no certificate that can be read: put that of the authority there (PEM), readable by the daemon`;
    return { ca: null, fault };
  }
}

/** Why the device at the far end may not be spoken to; null: it may. */
function distrust(socket: TLSSocket, trust: TlsTrust, name: string, place: string): string | null {
  const seen = socket.getPeerX509Certificate()?.fingerprint256 ?? 'none';
  switch (trust.by) {
    case 'nothing':
      return null;
    case 'fingerprint':
      return seen.replaceAll(':', '') === trust.sha256
        ? null
        : `${place} shows another certificate than port ${name} expects, with the SHA-256 fingerprint ${seen}: if that is the panel's own, set certificate to it; if it is not, somebody is in its place`;
    case 'authority':
      return socket.authorized
        ? null
        : `${place} shows a certificate that ${trust.file} does not vouch for (${String(socket.authorizationError)}): set ca_file of port ${name} to the right authority, or certificate to the SHA-256 fingerprint seen, ${seen}, if that is the panel's own`;
  }
}
