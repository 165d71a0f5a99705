import { lstat, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { AdminService } from '../admin/ports.ts';
import { AppError } from '../core/error.ts';
import { answerBrokenRequests } from './broken-request.ts';
import { type ApiOptions, buildApi } from './server.ts';

export interface RunningApi {
  /** Where the network server listens. */
  url: string;
  /** Ends what waits, finishes what runs, frees both addresses. */
  close(): Promise<void>;
}

/** Longest path of a Unix socket in bytes: `sun_path` without its final zero, unix(7). */
const longestPath = 107;

/**
 * Starts the API on a network address, and on a Unix socket (mode 0660) whose callers need no key. Port 0: any free one. Rejects with
 * `address_in_use` where somebody else is listening, `config_invalid` for an address that cannot be.
 */
export async function startApi(
  service: AdminService,
  options: Omit<ApiOptions, 'local'>,
  at: { host: string; port: number; socket: string },
): Promise<RunningApi> {
  const local = new WeakSet<Socket>();
  const logger = options.logger.child({});
  const app = buildApi(service, { ...options, logger, local });
  try {
    await app.ready();
    const localServer = await listenLocally(app, local, at.socket);
    // Fastify tells each address by itself; that it listens is told once, by whoever started it.
    const { level } = logger;
    logger.level = 'warn';
    const url = await app.listen({ host: at.host, port: at.port }).catch(async (error: unknown) => {
      await closed(localServer);
      throw error;
    });
    logger.level = level;
    return {
      url,
      async close() {
        const both = [closed(localServer), app.close()];
        await Promise.all(both);
      },
    };
  } catch (error) {
    await app.close();
    throw addressFault(error, `${at.host}:${at.port}`);
  }
}

async function listenLocally(app: FastifyInstance, local: WeakSet<Socket>, path: string): Promise<Server> {
  if (Buffer.byteLength(path) > longestPath) {
    throw new AppError(
      'config_invalid',
      `the socket path ${path} is longer than ${longestPath} bytes: choose a shorter one`,
    );
  }
  await removeStale(path);
  const { requestTimeout, headersTimeout, keepAliveTimeout } = app.server;
  const server = createServer({ requestTimeout, headersTimeout, keepAliveTimeout }, app.routing);
  server.on('connection', (socket: Socket) => local.add(socket));
  server.on('clientError', (error, socket) => answerBrokenRequests(error, socket as Socket));
  server.maxConnections = 64;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(addressFault(error, path)));
    // The socket is made within this call: with this mask nobody else can connect, not even for a moment.
    const mask = process.umask(0o117);
    try {
      server.listen(path, () => resolve(server));
    } finally {
      process.umask(mask);
    }
  });
}

/** Removes the socket of a process that is gone; leaves one that answers, and anything that is not a socket. */
async function removeStale(path: string): Promise<void> {
  const state = await new Promise<string>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve('answers');
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
  });
  if (state === 'answers')
    throw new AppError('address_in_use', `somebody is listening on ${path}: is Postern running already?`);
  if (state === 'ECONNREFUSED' && (await lstat(path)).isSocket()) await unlink(path);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function addressFault(error: unknown, address: string): unknown {
  if (error instanceof AppError) return error;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new AppError(
        'address_in_use',
        `something else is listening on ${address}: stop it, or choose another address`,
      );
    case 'EACCES':
      return new AppError('config_invalid', `no permission to listen on ${address}`, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new AppError('config_invalid', `${address} is not an address of this machine`, { cause: error });
    case 'ENOENT':
      return new AppError('config_invalid', `the directory of ${address} does not exist`, { cause: error });
    default:
      return error;
  }
}
