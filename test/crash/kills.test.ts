import { expect, test } from 'vitest';
import { killedAtWork } from './kills.ts';

/** Processes killed in the middle of work: nothing acknowledged is lost, nothing is half there, nothing happens twice. */
const kills = Number(process.env['CRASH_KILLS'] ?? 100);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
/** Sites beside each other: much of a restart is waiting. */
const sites = 2;
/** From the start of the door process to the first decision it could make. The goal is 3 s; beside a second site and other tests it gets more. */
const usableWithinMs = 10_000;

test(`${kills} kills of either process in the middle of a mixed load`, async () => {
  const share = Math.ceil(kills / sites);
  const runs = Array.from({ length: sites }, (_, n) => killedAtWork(share, seed * 1_000 + n));
  const results = await Promise.all(runs);
  const acknowledged = results.reduce((sum, one) => sum + one.acknowledged, 0);
  const usable = results.flatMap(({ usableMs }) => usableMs).sort((a, b) => a - b);
  const [median = 0, longest = 0] = [usable[usable.length >> 1], usable.at(-1)].map((ms) =>
    Math.round(ms ?? 0),
  );
  process.stdout.write(
    `${acknowledged} changes acknowledged; after ${usable.length} kills of the door process it could decide in ${median} ms (median), ${longest} ms at most\n`,
  );
  expect(acknowledged).toBeGreaterThan(kills);
  expect(longest).toBeLessThan(usableWithinMs);
}, 3_000_000);
