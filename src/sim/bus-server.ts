import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureVersion } from 'node:tls';

/** One wire of a simulated site, served over TCP as an RS-485 gateway would, or over TLS as the secure port of a panel. */
export interface BusServer {
  /** The TCP port it listens on. */
  readonly port: number;
  /** Puts bytes on the wire; they are lost while nobody is connected. */
  send(bytes: Uint8Array): void;
  /** Ends the present connection. */
  hangUp(): void;
  /** Unplugged, it drops its connection and takes no new one. */
  plug(plugged: boolean): void;
  state(): { plugged: boolean; connected: boolean };
  close(): Promise<void>;
}

/** What a secure wire shows, and the one TLS version it speaks, at any level of security. */
export interface SecureWire {
  key: string;
  cert: string;
  version: SecureVersion;
}

/**
 * Serves a wire at an address; port 0 takes a free one. As with a gateway, a new connection takes the place of the one before. Rejects
 * when the address cannot be listened on. `connected` hears of each new connection.
 */
export async function busServer(
  address: { host: string; port: number },
  receive: (bytes: Uint8Array) => void,
  { secure = null, connected = () => {} }: { secure?: SecureWire | null; connected?: () => void } = {},
): Promise<BusServer> {
  let current: Socket | null = null;
  let plugged = true;
  const drop = () => {
    current?.destroy();
    current = null;
  };
  const take = (socket: Socket): void => {
    // An error is followed by `close`; there is nobody to tell.
    socket.on('error', () => {});
    if (!plugged) {
      socket.destroy();
      return;
    }
    drop();
    current = socket;
    socket.on('data', (bytes) => {
      if (socket === current) receive(bytes);
    });
    socket.on('close', () => {
      if (socket === current) current = null;
    });
    connected();
  };
  const server = secure === null ? createServer({ noDelay: true }, take) : tlsServer(secure, take);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    send(bytes) {
      if (plugged) current?.write(bytes);
    },
    hangUp: () => current?.end(),
    plug(now) {
      plugged = now;
      if (!now) drop();
    },
    state: () => ({ plugged, connected: current !== null }),
    close() {
      drop();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function tlsServer({ key, cert, version }: SecureWire, take: (socket: Socket) => void) {
  const only = { minVersion: version, maxVersion: version };
  const ciphers = version === 'TLSv1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {};
  // A handshake that fails is the other end's to tell.
  return createTlsServer({ key, cert, noDelay: true, ...only, ...ciphers }, take).on(
    'tlsClientError',
    () => {},
  );
}
