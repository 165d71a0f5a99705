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

/** S10: resident memory of door and admin process together, at rest; what they share is counted twice, as most tools do. */
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
  const [door, admin] = [resident(site.pid), resident(childOf(site.pid))];
  const both = door.all + admin.all;
  const once = both - Math.min(door.files, admin.files);
  return {
    goal: 'S10',
    what: `resident memory of both processes, ${what}`,
    target: `<= ${goalMib} MiB`,
    measured: `${Math.round(both)} MiB (door ${Math.round(door.all)}, admin ${Math.round(admin.all)}); ${Math.round(once)} with the program's own pages counted once`,
    met: both <= goalMib,
  };
}

/** MiB of a process in memory, and how much of it are mapped files: Node itself and its libraries. */
function resident(pid: number): { all: number; files: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { all: field('VmRSS'), files: field('RssFile') };
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
