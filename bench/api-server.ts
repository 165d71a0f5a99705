import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setPriority } from 'node:os';
import { pino } from 'pino';
import type { AdminService } from '../src/admin/ports.ts';
import { buildApi } from '../src/api/server.ts';
import { scopes, type User } from '../src/schema/record.ts';

/**
 * The server's half of the API benchmark: the API, and bare node:http that reads and parses a body and answers with a user, in one process
 * of their own, niced as the admin process is: else others on the machine would slow the one and not the other.
 */
setPriority(10);

const user: User = {
  id: '01980000-0000-7000-8000-000000000001',
  revision: 3,
  created_at: '2026-03-02T09:00:00.000Z',
  updated_at: '2026-03-02T09:00:00.000Z',
  external_id: 'portal-1',
  kind: 'member',
  first_name: 'Ann',
  last_name: 'Doe',
  email: 'ann@example.org',
  mobile: null,
  department: 'Sales',
  language: 'en',
  valid_from: null,
  valid_until: null,
  suspended: false,
};
const users = new Map([[user.id, user]]);
const caller = { name: 'bench', scopes: new Set(scopes) };
const hash = (token: string): string => createHash('sha256').update(token).digest('base64url');
const known = hash('pstn_bench');
const service = {
  users: { get: (id: string) => users.get(id) },
  // Routes are made of these, and nobody calls them.
  schedules: {},
  timetables: {},
  keys: { authenticate: (token: string) => (hash(token) === known ? caller : null) },
} as unknown as AdminService;

const clock = { wall: () => Date.now(), mono: () => performance.now(), after: () => () => {} };
const app = buildApi(service, {
  version: '0',
  logger: pino({ level: 'info' }, pino.destination(2)),
  clock,
  digest: hash,
});
await app.listen({ host: '127.0.0.1', port: 0 });
const bare = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const given: object = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(JSON.stringify({ ...user, ...given }));
  });
});
await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));

const port = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;
process.send?.({ api: port(app.server), bare: port(bare), path: `/v1/users/${user.id}` });
process.on('disconnect', () => process.exit(0));
