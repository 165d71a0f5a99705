import { expect, test } from 'vitest';
import { diskTrial, type TrialFiles } from '../../src/store/disk-trial.ts';
import { virtualClock } from '../support/virtual-clock.ts';

function bench() {
  const clock = virtualClock();
  const disk = { full: true, free: 1e9, tries: 0 };
  const files = {
    async open() {
      disk.tries += 1;
      if (disk.full) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return { writeFile: async () => {}, sync: async () => {}, close: async () => {} };
    },
    statfs: async () => ({ bavail: disk.free / 4096, bsize: 4096 }),
    unlink: async () => {},
  } as unknown as TrialFiles;
  return { clock, disk, trial: diskTrial('/state/database.trial', clock, files) };
}

test('a disk that fails is tried after 1 s, 2 s, 4 s, and at last every 15 s', async () => {
  const { clock, disk, trial } = bench();
  const tried: number[] = [];
  for (let second = 0; second <= 60; second++) {
    const before = disk.tries;
    expect(await trial()).toBe(false);
    expect(await trial()).toBe(false);
    if (disk.tries > before) tried.push(second);
    clock.advance(1_000);
  }
  expect(tried).toEqual([0, 1, 3, 7, 15, 30, 45, 60]);
});

test('a disk that takes a few bytes and has no room for a database is not taken for well', async () => {
  const { clock, disk, trial } = bench();
  disk.full = false;
  disk.free = 1e6;
  expect(await trial()).toBe(false);
  disk.free = 1e9;
  clock.advance(1_000);
  expect(await trial()).toBe(true);
  expect(await trial()).toBe(true);
});
