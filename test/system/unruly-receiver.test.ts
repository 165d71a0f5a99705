import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** The feed pushed by the real daemon to a receiver that does everything a receiver should not. */
let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.start();
}, 40_000);
afterAll(() => rig.close());

type Manner = 'prompt' | 'late' | 'error' | 'busy' | 'redirect' | 'cut' | 'silent';

/** What the list of deliveries is to say of an attempt that was treated so. */
const outcomes: Record<Manner, { delivered: boolean; status: number | null; error: string | null }> = {
  prompt: { delivered: true, status: 204, error: null },
  late: { delivered: true, status: 204, error: null },
  error: { delivered: false, status: 500, error: null },
  busy: { delivered: false, status: 429, error: null },
  redirect: { delivered: false, status: 307, error: null },
  cut: { delivered: false, status: null, error: 'no connection: ECONNRESET' },
  silent: { delivered: false, status: null, error: 'no answer within 15 s' },
};
const lateMs = 1_000;
/** Longer than the wait after a failure can be. */
const quietMs = 7_000;
const timeoutMs = 15_000;
/** The first wait (Standard Webhooks' example: 5 s), less its tenth of jitter, and what a timer may be early. */
const shortestWaitMs = 4_490;

/** How the first attempts at the messages about each person are treated, one after the other; all later ones promptly. */
const manners: readonly (readonly Manner[])[] = [
  ['silent', 'prompt', 'prompt'],
  ['error', 'redirect', 'cut'],
  ['redirect', 'cut', 'error'],
  ['cut', 'busy', 'prompt'],
  ['late', 'prompt', 'prompt'],
];

interface Post {
  headers: IncomingHttpHeaders;
  body: string;
  message: { id: string; seq: number; resource: string; revision: number };
  attempt: number;
  manner: Manner;
  /** Monotonic milliseconds. */
  at: number;
}

async function listening(
  handle: (post: { headers: IncomingHttpHeaders; body: string }, answer: ServerResponse) => void,
) {
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => handle({ headers: request.headers, body }, answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

test('a receiver that is slow, fails, redirects, cuts or hangs gets all, in order for each resource, with waits between, and every attempt is listed', async () => {
  const people = await Promise.all(
    manners.map(async (_, i) => {
      const { id } = await rig.admin.post<{ id: string }>('/v1/users', {
        first_name: 'Test',
        last_name: `P${i}`,
      });
      return id;
    }),
  );
  const posts: Post[] = [];
  const strayed: string[] = [];
  const elsewhere = await listening(({ body }, answer) => {
    strayed.push(body);
    answer.writeHead(204).end();
  });
  const portal = await listening(({ headers, body }, answer) => {
    const message = JSON.parse(body) as Post['message'];
    const attempt = 1 + posts.filter((post) => post.message.id === message.id).length;
    const person = people.findIndex((id) => message.resource === `user/${id}`);
    const manner = (attempt === 1 ? manners[person]?.[message.revision - 2] : undefined) ?? 'prompt';
    posts.push({ headers, body, message, attempt, manner, at: performance.now() });
    switch (manner) {
      case 'prompt':
        answer.writeHead(204).end();
        break;
      case 'late':
        setTimeout(() => answer.writeHead(204).end(), lateMs);
        break;
      case 'error':
        answer.writeHead(500).end('no');
        break;
      case 'busy':
        answer.writeHead(429, { 'retry-after': String(quietMs / 1000) }).end();
        break;
      case 'redirect':
        answer.writeHead(307, { location: elsewhere.url }).end();
        break;
      case 'cut':
        answer.destroy();
        break;
      case 'silent':
        break;
    }
  });

  const { id, secret } = await rig.admin.post<{ id: string; secret: string }>('/v1/webhooks', {
    url: portal.url,
    types: ['user.*'],
  });
  const deliveries = () =>
    rig.admin.get<{
      items: Record<string, unknown>[];
      lag: number;
      failing_since: string | null;
    }>(`/v1/webhooks/${id}/deliveries`);
  for (const what of ['suspend', 'unsuspend', 'suspend']) {
    for (const person of people) await rig.admin.post(`/v1/users/${person}/${what}`, {});
  }
  await until('all is delivered', async () => (await deliveries()).lag === 0, 40_000);

  const { items, failing_since } = await deliveries();
  const told = (await rig.feed()).filter(({ type }) => type === 'user.updated');
  expect(told.length).toBe(3 * people.length);
  const taken = posts.filter(({ manner }) => outcomes[manner].delivered);
  expect(taken.map(({ message }) => message.seq).sort(byNumber)).toEqual(told.map(({ seq }) => seq));
  for (const { headers, body, message } of posts) {
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(message);
  }
  expect([strayed, failing_since]).toEqual([[], null]);

  for (const [i, person] of people.entries()) {
    const its = posts.filter(({ message }) => message.resource === `user/${person}`);
    // All attempts at one message come before the first at the next.
    expect(its.map(({ message }) => message.revision)).toEqual(
      (manners[i] ?? []).flatMap((manner, n) => (outcomes[manner].delivered ? [n + 2] : [n + 2, n + 2])),
    );
    for (const [n, post] of its.entries()) {
      const before = its[n - 1];
      if (before === undefined) continue;
      if (before.message.id === post.message.id) {
        expect(post.body).toBe(before.body);
        expect(post.at - before.at).toBeGreaterThan(
          shortestWaitMs + (before.manner === 'silent' ? timeoutMs : 0),
        );
      } else if (before.manner === 'late') expect(post.at - before.at).toBeGreaterThanOrEqual(lateMs);
    }
  }
  // A person whose messages are taken waits for nobody.
  const undisturbed = posts.filter(({ message }) => message.resource === `user/${people.at(-1)}`);
  const firstRetry = posts.find(({ attempt }) => attempt > 1)?.at;
  expect(undisturbed.at(-1)?.at).toBeLessThan(firstRetry ?? 0);
  // Who asks for quiet has it, but for what is on its way when its answer arrives.
  const asked = posts.find(({ manner }) => manner === 'busy')?.at ?? 0;
  expect(posts.filter(({ at }) => at > asked + 2_000 && at < asked + quietMs - 10)).toEqual([]);

  const listed = items.map(({ event_id, seq, resource, attempt, delivered, status, error }) => ({
    event_id,
    seq,
    resource,
    attempt,
    delivered,
    status,
    error,
  }));
  expect(listed.sort(byAttempt)).toEqual(
    posts
      .map(({ message, attempt, manner }) => ({
        event_id: message.id,
        seq: message.seq,
        resource: message.resource,
        attempt,
        ...outcomes[manner],
      }))
      .sort(byAttempt),
  );
  portal.close();
  elsewhere.close();
}, 60_000);

const byNumber = (a: number, b: number): number => a - b;
const byAttempt = (a: { seq: unknown; attempt: unknown }, b: { seq: unknown; attempt: unknown }): number =>
  Number(a.seq) - Number(b.seq) || Number(a.attempt) - Number(b.attempt);
