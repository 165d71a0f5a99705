import type { WireEvent } from '../test/system/rig.ts';
import type { BenchLine } from './bench-line.ts';
import { holder } from './card-times.ts';
import { type RunningSite, runSite } from './running-site.ts';
import { quantile } from './samples.ts';
import { apiLoad } from './site-load.ts';

const rounds = 100;
/** A card that has not opened by then was refused: ten times the longest time that opening takes. */
const refusedAfterMs = 250;

/** S7: suspending a user, from the request to the answer that it is so at the doors, at a busy API; and whether it is. */
export async function run(): Promise<BenchLine[]> {
  const site = await runSite();
  try {
    const card = await holder(site);
    const { items } = await site.admin.get<{ items: { id: string }[] }>('/v1/users');
    const path = `/v1/users/${items[0]?.id}`;
    const load = await apiLoad(site);
    const samples = new Float64Array(rounds);
    let notApplied = 0;
    let openedAfter = 0;
    let opened = 0;
    for (let n = 0; n < rounds; n++) {
      const begun = performance.now();
      const { applied } = await site.admin.post<{ applied: boolean }>(`${path}/suspend`, {});
      samples[n] = performance.now() - begun;
      if (!applied) notApplied += 1;
      // Every tenth time a card is shown at once, and again when the user is let in anew.
      const shown = n % 10 === 0;
      if (shown && (await opens(site, card))) openedAfter += 1;
      await site.admin.post(`${path}/unsuspend`, {});
      if (shown && (await opens(site, card))) opened += 1;
    }
    const did = await load.stop();
    const [p50, p99, longest] = [0.5, 0.99, 1].map((share) => quantile(samples, share));
    const shown = rounds / 10;
    return [
      {
        goal: 'S7',
        what: `suspended by the API until the doors go by it, ${rounds} times, 32 connections at the API`,
        target: 'p99 <= 100 ms, never over 1 s, the next card refused',
        measured: `p50 ${p50?.toFixed(1)} ms, p99 ${p99?.toFixed(1)} ms, longest ${longest?.toFixed(1)} ms; ${
          shown - openedAfter
        } of ${shown} next cards refused, ${opened} of ${shown} let in once allowed again (${did})`,
        met:
          (p99 ?? 0) <= 100 && (longest ?? 0) <= 1000 && notApplied + openedAfter === 0 && opened === shown,
      },
    ];
  } finally {
    await site.close();
  }
}

/** Shows the card at the front door. Waits until it is reported before it counts the time. */
function opens(site: RunningSite, card: string): Promise<boolean> {
  return new Promise((resolve) => {
    let giveUp: NodeJS.Timeout | undefined;
    const end = (opened: boolean): void => {
      clearTimeout(giveUp);
      site.watch(null);
      resolve(opened);
    };
    site.watch(({ event, state }: WireEvent) => {
      if (event === 'card_reported') giveUp = setTimeout(end, refusedAfterMs, false);
      if (event === 'lock_written' && state === 'released') end(true);
    });
    site.present('front', card);
  });
}
