import { Agent, request } from 'node:http';

/** What became of a call: its answer, or that it never reached the daemon, or that nobody knows. */
export type Outcome =
  | { is: 'answered'; status: number; body: Record<string, unknown> }
  | { is: 'not_sent' }
  | { is: 'in_doubt' };

/** Calls the API of a daemon that may die at any moment. */
export interface ApiCaller {
  call(method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<Outcome>;
  /** All of a list. Rejects when the daemon does not answer well. */
  all<T>(path: string): Promise<T[]>;
}

export function apiCaller(socketPath: string): ApiCaller {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const call: ApiCaller['call'] = (method, path, body, key) =>
    new Promise((resolve) => {
      const headers = {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      };
      const sent = request({ socketPath, agent, method, path, headers, timeout: 30_000 }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', () => resolve({ is: 'in_doubt' }));
        answer.on('end', () => {
          try {
            const text = Buffer.concat(chunks).toString();
            resolve({ is: 'answered', status: answer.statusCode ?? 0, body: JSON.parse(text) });
          } catch {
            resolve({ is: 'in_doubt' });
          }
        });
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', ({ code }: NodeJS.ErrnoException) =>
        resolve({ is: code === 'ECONNREFUSED' || code === 'ENOENT' ? 'not_sent' : 'in_doubt' }),
      );
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    call,
    async all<T>(path: string) {
      const items: T[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const page = await call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=500${after}`);
        if (page.is !== 'answered' || page.status !== 200)
          throw new Error(`${path}: ${JSON.stringify(page)}`);
        const { items: more, next_cursor } = page.body as { items: T[]; next_cursor: string | null };
        items.push(...more);
        after = next_cursor === null ? null : `&after=${encodeURIComponent(next_cursor)}`;
      }
      return items;
    },
  };
}
