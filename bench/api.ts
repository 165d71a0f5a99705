import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchLine } from './bench-line.ts';
import { hammer, httpRequest } from './hammer.ts';
import { runSite } from './running-site.ts';

const readers = 16;
const writers = 32;
const roundMs = 1_500;
const rounds = 5;

/**
 * S13: requests a second of `GET /v1/users/{id}` at the API alone and of `POST /v1/users` at the built daemon, durable before it is answered, both
 * authorised, against bare node:http that parses the same request and answers with a user in the same run, as niced as the daemon's API.
 */
export async function run(): Promise<BenchLine[]> {
  const server = fork(new URL(`./api-server${import.meta.url.slice(-3)}`, import.meta.url));
  const ended = once(server, 'exit').then(() =>
    Promise.reject(new Error('the server of the API benchmark ended')),
  );
  const ready = Promise.race([once(server, 'message'), ended]);
  ready.catch(() => {});
  const site = await runSite();
  try {
    const [ports] = (await ready) as [{ api: number; bare: number; path: string }];
    const get = httpRequest('GET', ports.path, 'pstn_bench');
    let made = 0;
    const post = (): string => {
      made += 1;
      const user = {
        external_id: `portal-${made}`,
        first_name: 'Ann',
        last_name: 'Doe',
        email: 'ann@example.org',
      };
      return httpRequest('POST', '/v1/users', site.token, JSON.stringify(user));
    };
    return [
      await compared('GET /v1/users/{id}', 0.4, ports, readers, () => get),
      await compared('POST /v1/users, durable', 0.15, { ...ports, api: site.api }, writers, post),
    ];
  } finally {
    server.disconnect();
    await site.close();
  }
}

async function compared(
  what: string,
  goal: number,
  ports: { api: number; bare: number },
  connections: number,
  next: () => string,
): Promise<BenchLine> {
  await load(ports.api, connections, next);
  await load(ports.bare, connections, next);
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await load(ports.bare, connections, next);
    const api = await load(ports.api, connections, next);
    ratios.push(api / bare);
    rates.push(api);
  }
  const ratio = median(ratios);
  return {
    goal: 'S13',
    what: `${what}, ${connections} connections, requests per second, ratio to bare node:http`,
    target: `>= ${goal}`,
    measured: `${ratio.toFixed(2)} (${Math.round(median(rates))}/s)`,
    met: ratio >= goal,
  };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Requests a second over kept connections, one in flight on each. */
async function load(port: number, connections: number, next: () => string): Promise<number> {
  const { stop } = await hammer(port, connections, next);
  await delay(roundMs);
  return stop();
}
