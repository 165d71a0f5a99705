import type { BenchLine } from './bench-line.ts';
import { holder } from './card-times.ts';
import { type RunningSite, runSite } from './running-site.ts';
import { importUsers } from './site-load.ts';

const steps = [
  { users: 1_000, goalMs: 1_000 },
  { users: 10_000, goalMs: 1_500 },
  { users: 100_000, goalMs: 4_000 },
] as const;
const starts = 3;
/** Longer than a reader's poll: it must be seen to have nothing to say before its cards count as shown now. */
const againMs = 120;
/** Users one import takes in with ease. */
const perImport = 25_000;

/**
 * S9: from the start of the process until its log says that the doors have their table, and until a card has opened one. The second
 * includes the bring-up of reader and lock, and up to 120 ms until the card is shown again.
 */
export async function run(): Promise<BenchLine[]> {
  const site = await runSite();
  const lines: BenchLine[] = [];
  try {
    const card = await holder(site);
    let present = 0;
    for (const { users, goalMs } of steps) {
      for (; present < users; present += Math.min(perImport, users - present)) {
        await importUsers(site, present, Math.min(perImport, users - present));
      }
      const tables: number[] = [];
      const opened: number[] = [];
      for (let n = 0; n < starts; n++) {
        const { table, open } = await started(site, card);
        tables.push(table);
        opened.push(open);
      }
      const open = median(opened);
      lines.push({
        goal: 'S9',
        what: `start of the process to the first door opened by a card, ${users} users`,
        target: `<= ${(goalMs / 1000).toFixed(1)} s`,
        measured: `${(open / 1000).toFixed(2)} s (the table is there after ${(median(tables) / 1000).toFixed(2)} s), medians of ${starts}`,
        met: open <= goalMs,
      });
    }
    return lines;
  } finally {
    await site.close();
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Milliseconds from the start of the process. The orderly stop before it has sealed the table. */
async function started(site: RunningSite, card: string): Promise<{ table: number; open: number }> {
  const opened = new Promise<number>((resolve) => {
    site.watch(({ event, state }) => {
      if (event === 'lock_written' && state === 'released') resolve(performance.now());
    });
  });
  const { begun, said } = await site.restart('doors open by the sealed table');
  const table = (await said) - begun;
  const showing = setInterval(() => site.present('front', card), againMs);
  try {
    return { table, open: (await opened) - begun };
  } finally {
    clearInterval(showing);
    site.watch(null);
    // An admin process still at its start is not the next start's business.
    await site.served();
  }
}
