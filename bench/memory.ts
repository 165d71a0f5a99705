import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchLine } from './bench-line.ts';
import { type RunningSite, runSite } from './running-site.ts';
import { importUsers } from './site-load.ts';

const settleMs = 4_000;
const cycles = 20_000;
const mib = 1024 * 1024;

/** S10: resident memory of door and admin process together, freshly started and at rest. Pages they share are counted twice. */
export async function run(): Promise<BenchLine[]> {
  const site = await runSite();
  try {
    const idle = await resting(site, 'a site of two doors, at rest', 160);
    await importUsers(site, 0, 10_000);
    const after = await resting(site, 'the same after an import of 10,000 users', 200);
    await site.restart('starting');
    await site.served();
    const again = await resting(site, 'the same, started with 10,000 users', 200);
    return [idle, after, again, await growth()];
  } finally {
    await site.close();
  }
}

async function resting(site: RunningSite, what: string, goalMib: number): Promise<BenchLine> {
  await delay(settleMs);
  const door = residentMib(site.pid);
  const admin = residentMib(childOf(site.pid));
  return {
    goal: 'S10',
    what: `resident memory of both processes, ${what}`,
    target: `<= ${goalMib} MiB`,
    measured: `${Math.round(door + admin)} MiB (door ${Math.round(door)}, admin ${Math.round(admin)})`,
    met: door + admin <= goalMib,
  };
}

function residentMib(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

/** What the door process holds more after many cards than after the first of them, on a virtual clock and simulated wires. */
async function growth(): Promise<BenchLine> {
  const child = fork(new URL('./door-cycles.ts', import.meta.url), [String(cycles)], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  const [told] = (await once(child, 'message')) as [{ before: number; after: number; opened: number }];
  const grown = (told.after - told.before) / mib;
  return {
    goal: 'S10',
    what: `growth of the door process's heap over ${cycles} cards on a virtual clock`,
    target: '<= 1 MiB (5 MiB over 100,000)',
    measured: `${grown.toFixed(2)} MiB, from ${(told.before / mib).toFixed(1)} MiB; ${told.opened} times a lock was told to open`,
    met: grown <= 1 && told.opened >= cycles,
  };
}
