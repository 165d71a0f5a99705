import type { BenchLine } from './bench-line.ts';
import { cardTimes, holder } from './card-times.ts';
import { type Build, type RunningSite, runSite } from './running-site.ts';
import { quantile } from './samples.ts';
import { apiLoad, importLoad, type SiteLoad } from './site-load.ts';

const cards = 120;
const loads: readonly { name: string; start(site: RunningSite): SiteLoad | Promise<SiteLoad> }[] = [
  { name: '32 connections at the API', start: apiLoad },
  { name: 'imports of 10,000 users', start: importLoad },
];

interface Measured {
  idle: Spread;
  loaded: { under: Spread; did: string }[];
}
interface Spread {
  p50: number;
  p99: number;
  lost: number;
}

/** S5: S4 while the admin half is busy; the same, in the same run, with both halves in one event loop. */
export async function run(): Promise<BenchLine[]> {
  const ours = await measured('daemon');
  const other = await measured('one loop');
  return loads.flatMap(({ name }, n): BenchLine[] => {
    const [mine, theirs] = [ours.loaded[n], other.loaded[n]];
    if (mine === undefined || theirs === undefined) return [];
    const slower = mine.under.p50 / ours.idle.p50;
    const better = theirs.under.p99 / mine.under.p99;
    return [
      {
        goal: 'S5',
        what: `card to lock under ${name}, ${cards} cards`,
        target: 'p50 <= 3x idle, p99 <= 60 ms',
        measured: `${told(mine.under)}; p50 ${slower.toFixed(1)}x idle (${mine.did})`,
        met: slower <= 3 && mine.under.p99 <= 60 && mine.under.lost === 0,
      },
      {
        goal: 'S5',
        what: 'the same against one event loop for everything',
        target: 'p99 >= 5x better',
        measured: `${better.toFixed(1)}x: one loop ${told(theirs.under)} (${theirs.did})`,
        met: better >= 5,
      },
    ];
  });
}

async function measured(build: Build): Promise<Measured> {
  const site = await runSite(build);
  try {
    const card = await holder(site);
    await cardTimes(site, card, (n) => n === 20);
    const idle = await spread(site, card);
    const result: Measured = { idle, loaded: [] };
    for (const { start } of loads) {
      const load = await start(site);
      const under = await spread(site, card);
      result.loaded.push({ under, did: await load.stop() });
    }
    return result;
  } finally {
    await site.close();
  }
}

async function spread(site: RunningSite, card: string): Promise<Spread> {
  const { samples, lost } = await cardTimes(site, card, (n) => n === cards);
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99), lost };
}

const told = ({ p50, p99, lost }: Spread): string =>
  `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms${lost > 0 ? `, ${lost} LOST` : ''}`;
