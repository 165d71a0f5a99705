import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildShim } from './disk-shim.ts';
import { powerChain } from './power-chain.ts';

/** Power cuts in the middle of work on real files. What was said to be durable is there, whole, and nothing of it twice. */
const cuts = Number(process.env['POWER_CUTS'] ?? 100);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
/** Disks beside each other: half of a life is waiting. */
const disks = 3;

let place: string;
let shim: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'postern-shim-'));
  shim = buildShim(place);
});
afterAll(() => rmSync(place, { recursive: true }));

test(`${cuts} power cuts lose nothing that was durable`, async () => {
  const share = Math.ceil(cuts / disks);
  const chains = Array.from({ length: disks }, (_, n) =>
    powerChain(shim, { seed: seed * 1_000 + n, cuts: share }),
  );
  const done = (await Promise.all(chains)).reduce((sum, one) => sum + one.done, 0);
  expect(done).toBeGreaterThan(cuts * 10);
}, 1_200_000);

test('on a disk that syncs nothing something is lost, and that is seen', async () => {
  await expect(powerChain(shim, { seed, cuts: 10, lies: true })).rejects.toThrow(
    /lost|half|damaged|follows|nowhere/,
  );
}, 60_000);
