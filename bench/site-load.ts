import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { RunningSite } from './running-site.ts';

/** Something that keeps a site busy. `stop` says what it did meanwhile. */
export interface SiteLoad {
  stop(): Promise<string>;
}

/** 32 connections that ask for a user as fast as they are answered. */
export async function apiLoad(site: RunningSite): Promise<SiteLoad> {
  const { id } = await site.admin.post<{ id: string }>('/v1/users', { last_name: 'Asked' });
  const child = fork(
    new URL(`./hammer-process${import.meta.url.slice(-3)}`, import.meta.url),
    [String(site.api), `/v1/users/${id}`],
    { env: { ...process.env, BENCH_TOKEN: site.token } },
  );
  await once(child, 'message');
  return {
    async stop() {
      child.send('stop');
      const [rate] = (await once(child, 'message')) as [number];
      child.disconnect();
      await once(child, 'exit');
      return `${Math.round(rate)} requests/s`;
    },
  };
}

/** Imports of 10,000 new users with a card and a door each, one after the other. */
export function importLoad(site: RunningSite): SiteLoad {
  let stopping = false;
  const took: number[] = [];
  const work = (async () => {
    while (!stopping) took.push(await importUsers(site, took.length * 10_000, 10_000));
  })();
  return {
    async stop() {
      stopping = true;
      await work;
      return `an import took ${(Math.min(...took) / 1000).toFixed(1)} s`;
    },
  };
}

/** Imports users, each with a card, in at one door; resolves with the milliseconds it took when all are stored. */
export async function importUsers(site: RunningSite, first: number, count: number): Promise<number> {
  const begun = performance.now();
  const users = Array.from({ length: count }, (_, i) => {
    const n = first + i;
    const door_id = site.doorIds[n % site.doorIds.length];
    return {
      external_id: `import-${n}`,
      last_name: `Import ${n}`,
      credentials: [{ kind: 'card', value: `${100 + Math.floor(n / 60_000)}:${n % 60_000}` }],
      access: [{ target: { door_id } }],
    };
  });
  const { id } = await site.admin.post<{ id: string }>('/v1/imports', { users });
  for (;;) {
    const operation = await site.admin.get<{
      status: string;
      result: { counts?: { failed: number } } | null;
    }>(`/v1/operations/${id}`, { wait: 30 });
    if (operation.status === 'pending') continue;
    const failed = operation.result?.counts?.failed;
    if (operation.status !== 'succeeded' || failed !== 0)
      throw new Error(`the import ${operation.status}, ${failed} rows failed`);
    return performance.now() - begun;
  }
}
