import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';

/**
 * The door process's own Unix socket (mode 0660), for what must work while the admin process does not: a connection says one order, one
 * line of JSON of at most 4 KiB, is answered by one line, and is closed. It has 10 s for both.
 */
export interface DoorSocket {
  close(): Promise<void>;
}

/** It lies beside the socket of the admin process. */
export const doorSocketPath = (adminSocket: string): string => join(dirname(adminSocket), 'door.sock');

const longestOrder = 4_096;
const deadlineMs = 10_000;
const mostConnections = 8;

/** Opens it; takes the place of one whose process is gone. Rejects with what the system says of one that cannot be made. */
export async function openDoorSocket(
  path: string,
  clock: Clock,
  answer: (order: unknown) => Promise<object>,
): Promise<DoorSocket> {
  await removeStale(path);
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    const over = clock.after(deadlineMs, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => {
      over();
      connections.delete(socket);
    });
    serve(socket, answer);
  });
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is made within this call: with this mask nobody else can connect, not even for a moment.
    const mask = process.umask(0o117);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(mask);
    }
  });
  server.on('error', () => {});
  return {
    close() {
      for (const socket of connections) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function serve(socket: Socket, answer: (order: unknown) => Promise<object>): void {
  let held = Buffer.alloc(0);
  const end = (told: object): void => void socket.end(`${JSON.stringify(told)}\n`);
  const take = (bytes: Buffer): void => {
    held = Buffer.concat([held, bytes]);
    if (held.includes('\n') || held.length > longestOrder) decide();
  };
  /** One order a connection: what comes after it is read by nobody. */
  const decide = (): void => {
    socket.off('data', take).off('end', decide).resume();
    const read = orderIn(held);
    if (read.ok) answer(read.order).then(end, () => end(failed));
    else end({ ok: false, code: 'invalid_input', detail: read.detail });
  };
  socket.on('data', take).on('end', decide);
}

function orderIn(bytes: Buffer): { ok: true; order: unknown } | { ok: false; detail: string } {
  const line = bytes.indexOf('\n');
  if (line > longestOrder || (line < 0 && bytes.length > longestOrder)) {
    return { ok: false, detail: `an order has at most ${longestOrder} bytes` };
  }
  try {
    if (line >= 0) return { ok: true, order: JSON.parse(bytes.toString('utf8', 0, line)) };
  } catch {
    // Said below.
  }
  return { ok: false, detail: 'an order is one JSON object on one line' };
}

const failed = { ok: false, code: 'internal', detail: 'the door process failed to carry this out' };

/** Leaves one that answers, and anything that is no socket: then there is no listening there. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket() !== true) return;
  const gone = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
  if (gone) await unlink(path);
}
