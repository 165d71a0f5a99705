import { expect, test } from 'vitest';
import { killedAtWork } from './kills.ts';

/** Processes killed in the middle of work: nothing acknowledged is lost, nothing is half there, nothing happens twice. */
const kills = Number(process.env['CRASH_KILLS'] ?? 100);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
/** Sites beside each other: much of a restart is waiting. */
const sites = 2;

test(`${kills} kills of either process in the middle of a mixed load`, async () => {
  const share = Math.ceil(kills / sites);
  const runs = Array.from({ length: sites }, (_, n) => killedAtWork(share, seed * 1_000 + n));
  const results = await Promise.all(runs);
  const acknowledged = results.reduce((sum, one) => sum + one.acknowledged, 0);
  const slowestMs = Math.max(...results.map((one) => one.slowestMs));
  process.stdout.write(
    `${acknowledged} changes acknowledged, doors served again in ${Math.round(slowestMs)} ms at most\n`,
  );
  expect(acknowledged).toBeGreaterThan(kills);
}, 3_000_000);
