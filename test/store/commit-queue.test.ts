import { expect, test } from 'vitest';
import { commitQueue } from '../../src/store/commit-queue.ts';

const full = () => new Error('no space left on device');

test('a write that fails fails all that wait behind it, although the disk would take them: they may rest on what is not there', async () => {
  const sizes: number[] = [];
  const queue = commitQueue<number, number>(async (items) => {
    sizes.push(items.length);
    if (sizes.length === 1) throw full();
    return items;
  });
  const outcomes = await Promise.allSettled(Array.from({ length: 300 }, (_, n) => queue.push(n)));
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await queue.push(7)).toBe(7);
  expect(sizes).toEqual([256, 1]);
});

test('whoever comes while the others are being told of a failure is refused too', async () => {
  let fails = true;
  const queue = commitQueue<number, number>(async (items) => {
    if (fails) throw full();
    return items;
  });
  const late: Promise<number>[] = [];
  await queue.push(1).catch(() => {
    fails = false;
    late.push(queue.push(2));
  });
  await expect(Promise.all(late)).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(late.length).toBe(1);
});
