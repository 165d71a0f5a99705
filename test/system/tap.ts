import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A wire with somebody listening: passes all on, and keeps what one side sends. */
export interface Tap {
  readonly port: number;
  /** All that whoever dials has sent so far. */
  heard(): Buffer;
  close(): void;
}

/** Listens on a port of its own for connections that go on to `target` on this machine. */
export async function tap(target: number): Promise<Tap> {
  const heard: Buffer[] = [];
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port: target, noDelay: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
      one.on('data', (bytes: Buffer) => other.write(bytes));
    }
    near.on('data', (bytes: Buffer) => heard.push(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    heard: () => Buffer.concat(heard),
    close: () => server.close(),
  };
}
