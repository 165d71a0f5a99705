import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { AppError, type ErrorCode, errorTable } from '../core/error.ts';

/** Calls the daemon's API. Answers are typed by the caller: daemon and command line are of one version. */
export interface AdminClient {
  get<T>(path: string, query?: Query): Promise<T>;
  /** An answer that is no JSON. */
  getText(path: string): Promise<string>;
  /** The lines of an answer as they come. */
  lines(path: string): AsyncGenerator<string>;
  post<T>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<void>;
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** Longer than the longest wait of the API. */
const timeoutMs = 65_000;

/**
 * HTTP over the daemon's Unix socket, whose callers are administrators. Throws the API's own errors as AppError, and
 * `daemon_unreachable` with what to do.
 */
export function adminClient(socket: string): AdminClient {
  return {
    get: <T>(path: string, query: Query = {}) => call(socket, 'GET', path + search(query)) as Promise<T>,
    getText: (path) => call(socket, 'GET', path, undefined, String) as Promise<string>,
    lines: (path) => lines(socket, path),
    post: <T>(path: string, body: unknown) => call(socket, 'POST', path, body) as Promise<T>,
    async delete(path) {
      await call(socket, 'DELETE', path);
    },
  };
}

function search(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function call(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  reading: (text: string) => unknown = JSON.parse,
): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, timeout: timeoutMs }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', (error) => reject(unreachable(socketPath, error)));
      answer.on('end', () => {
        try {
          resolve(read(answer.statusCode ?? 0, Buffer.concat(chunks).toString(), reading));
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => reject(unreachable(socketPath, error)));
    sent.end(text);
  });
}

async function* lines(socketPath: string, path: string): AsyncGenerator<string> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: timeoutMs }, resolve);
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => reject(unreachable(socketPath, error)));
    sent.end();
  });
  const status = answer.statusCode ?? 0;
  if (status >= 400) {
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    read(status, Buffer.concat(chunks).toString(), String);
  }
  try {
    yield* createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw unreachable(socketPath, error as NodeJS.ErrnoException);
  }
  if (!answer.complete) throw unreachable(socketPath, new Error('it broke off in the middle'));
}

function read(status: number, text: string, reading: (text: string) => unknown): unknown {
  let answer: unknown;
  try {
    answer = text === '' ? null : status < 400 ? reading(text) : JSON.parse(text);
  } catch (cause) {
    throw new AppError('internal', `the daemon answered ${status} with something that is not JSON`, {
      cause,
    });
  }
  if (status < 400) return answer;
  const problem = (answer ?? {}) as { code?: string; detail?: string; errors?: AppError['errors'] };
  throw new AppError(codeOf(problem.code), problem.detail ?? `the daemon answered ${status}`, {
    errors: problem.errors ?? [],
  });
}

function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'internal';
}

function unreachable(socket: string, cause: NodeJS.ErrnoException): AppError {
  return new AppError('daemon_unreachable', `${socket}: ${remedy(cause)}`, { cause });
}

function remedy(cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case 'ENOENT':
      return 'there is no such socket. Is Postern running? While it starts, postern status says so. Its socket may lie elsewhere: --socket PATH or --config FILE';
    case 'ECONNREFUSED':
      return 'nobody answers on this socket. Start Postern, or see its log if it should be running';
    case 'EACCES':
      return 'this user may not use the socket. Run as root, or as a member of the group postern';
    default:
      return `the daemon does not answer (${cause.message})`;
  }
}
