import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Call {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

/** What the daemon answers to a call: a status (200 when left out) and a body. */
export type Answer = (call: Call) => { status?: number; body?: unknown };

/** A daemon on a Unix socket that answers what the test says, and remembers what it was asked. Ends with the test. */
export async function fakeDaemon(answer: Answer): Promise<{ socket: string; calls: Call[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  const socket = join(directory, 'admin.sock');
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://daemon');
      const call: Call = {
        method: request.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        body: text === '' ? null : JSON.parse(text),
      };
      calls.push(call);
      const { status = 200, body } = answer(call);
      response.statusCode = status;
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });
  return { socket, calls };
}
