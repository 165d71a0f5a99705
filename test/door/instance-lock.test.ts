import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockInstance } from '../../src/door/instance-lock.ts';

let dir: string;
let state: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'instance-lock-'));
  state = join(dir, 'state');
  mkdirSync(state);
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a state directory has one daemon, by whatever path it is reached; another directory has its own', async () => {
  const other = join(dir, 'other');
  symlinkSync(state, other);
  const lock = await lockInstance(state);
  const inUse = { code: 'state_dir_unusable', message: expect.stringMatching(/in use by another/) };
  await expect(lockInstance(state)).rejects.toMatchObject(inUse);
  await expect(lockInstance(other)).rejects.toMatchObject(inUse);
  const elsewhere = await lockInstance(dir);
  elsewhere.release();
  lock.release();
});

test('a directory that was let go of can be taken again', async () => {
  const lock = await lockInstance(state);
  lock.release();
  const again = await lockInstance(state);
  again.release();
});
