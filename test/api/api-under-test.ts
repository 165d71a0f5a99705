import { createHash } from 'node:crypto';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { buildApi } from '../../src/api/server.ts';
import { type Scope, scopes } from '../../src/schema/record.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';
import { type FakeAdmin, fakeAdmin } from './fake-admin.ts';

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: Record<string, unknown>;
  text: string;
}

export interface ApiUnderTest {
  app: FastifyInstance;
  admin: FakeAdmin;
  clock: VirtualClock;
  /** Every line the API has logged. */
  log: string[];
  /** Calls with all scopes, or with a token of one's own. */
  call(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  as(token: string): ApiUnderTest['call'];
}

/** The API over a fake admin service, on a virtual clock, its log captured. */
export async function apiUnderTest(): Promise<ApiUnderTest> {
  const admin = fakeAdmin();
  const clock = virtualClock();
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const digest = (text: string) => createHash('sha256').update('key').update(text).digest('hex');
  const app = buildApi(admin, { version: '1.2.3', logger, clock, digest });
  await app.ready();
  const as =
    (token: string): ApiUnderTest['call'] =>
    async (method, url, body, headers = {}) => {
      const answer = await app.inject({
        method: method as NonNullable<InjectOptions['method']>,
        url,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const json = String(answer.headers['content-type'] ?? '').includes('json') && answer.body !== '';
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: json ? (answer.json() as Record<string, unknown>) : {},
        text: answer.body,
      };
    };
  // May do everything but reveal, so that the limits on guessing are in force.
  const ordinary = scopes.filter((scope: Scope) => scope !== 'credentials:reveal');
  return { app, admin, clock, log, as, call: as(admin.key('portal', ...ordinary)) };
}
