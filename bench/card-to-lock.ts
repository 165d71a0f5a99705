import type { BenchLine } from './bench-line.ts';
import { cardTimes, holder } from './card-times.ts';
import { runSite } from './running-site.ts';
import { quantile } from './samples.ts';

const cards = 300;

/** S4: from a card's report to the lock's command, at an idle daemon. The way through the wires' ends is included. */
export async function run(): Promise<BenchLine[]> {
  const site = await runSite();
  try {
    const card = await holder(site);
    await cardTimes(site, card, (n) => n === 20);
    const { samples, lost } = await cardTimes(site, card, (n) => n === cards);
    const [p50, p99] = [quantile(samples, 0.5), quantile(samples, 0.99)];
    return [
      {
        goal: 'S4',
        what: `card to lock, built daemon, over ${site.wires}, idle, ${cards} cards`,
        target: 'p50 <= 2 ms, p99 <= 10 ms',
        measured: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${quantile(samples, 1).toFixed(1)} ms${lost > 0 ? `, ${lost} LOST` : ''}`,
        met: p50 <= 2 && p99 <= 10 && lost === 0,
      },
    ];
  } finally {
    await site.close();
  }
}
