import { createServer, type Socket } from 'node:net';

/** One wire of a simulated site, served over TCP as an RS-485 gateway would. */
export interface BusServer {
  /** The TCP port it listens on. */
  readonly port: number;
  /** Puts bytes on the wire; they are lost while nobody is connected. */
  send(bytes: Uint8Array): void;
  /** Unplugged, it drops its connection and takes no new one. */
  plug(plugged: boolean): void;
  state(): { plugged: boolean; connected: boolean };
  close(): Promise<void>;
}

/**
 * Serves a wire at an address; port 0 takes a free one. As with a gateway, a new connection takes the place of the one before. Rejects
 * when the address cannot be listened on.
 */
export async function busServer(
  address: { host: string; port: number },
  receive: (bytes: Uint8Array) => void,
): Promise<BusServer> {
  let current: Socket | null = null;
  let plugged = true;
  const drop = () => {
    current?.destroy();
    current = null;
  };
  const server = createServer({ noDelay: true }, (socket) => {
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
  });
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
