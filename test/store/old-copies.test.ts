import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeOldCopies, removeOldFiles } from '../../src/store/old-copies.ts';

const now = Date.UTC(2026, 2, 10, 12);
const day = 24 * 3_600_000;
let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-copies-'));
});
afterEach(() => rm(stateDir, { recursive: true }));

async function copies(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(stateDir, name));
    await writeFile(join(stateDir, name, 'CURRENT'), '');
  }
}

test('of each kind the newest two stay, whatever their age, and the rest goes', async () => {
  await copies('database', 'database.damaged-20260101T000000Z', 'database.damaged-20260102T000000Z');
  await copies('database.damaged-20251231T235959Z', 'before-restore-20250101T000000Z');
  await copies('before-restore-20250102T000000Z', 'before-restore-20250103T000000Z');
  expect(await removeOldCopies(stateDir, now)).toEqual([
    'database.damaged-20251231T235959Z',
    'before-restore-20250101T000000Z',
  ]);
  expect(await readdir(stateDir)).toEqual([
    'before-restore-20250102T000000Z',
    'before-restore-20250103T000000Z',
    'database',
    'database.damaged-20260101T000000Z',
    'database.damaged-20260102T000000Z',
  ]);
});

test('none younger than a day goes, however many there are', async () => {
  const names = ['T120000Z', 'T120001Z', 'T120002Z'].map((time) => `database.damaged-20260309${time}`);
  await copies(...names);
  expect(await removeOldCopies(stateDir, now - 1)).toEqual([]);
  expect(await removeOldCopies(stateDir, now)).toEqual([names[0]]);
});

test('a copy of an older format is as old as its directory', async () => {
  for (const format of [1, 2, 3]) {
    await copies(`database.format-${format}`);
    const at = new Date(now - (10 - format) * day);
    await utimes(join(stateDir, `database.format-${format}`), at, at);
  }
  expect(await removeOldCopies(stateDir, now)).toEqual(['database.format-1']);
});

test('what is called otherwise is nobody of its business, and no directory is no fault', async () => {
  await copies('database.found', 'backups', 'old-before-restore-20200101T000000Z', 'database.format-x');
  expect(await removeOldCopies(stateDir, now)).toEqual([]);
  expect(await removeOldCopies(join(stateDir, 'nowhere'), now)).toEqual([]);
});

test('of key files that restores put aside the newest two stay, and those of the last day', async () => {
  const aside = (...times: string[]) => times.map((time) => `site.key.before-restore-${time}`);
  const old = aside('20260101T000000Z', '20260102T000000Z', '20260103T000000Z');
  const young = aside('20260310T110000Z', '20260310T110001Z', '20260310T110002Z');
  const others = ['site.key', 'site.key.before-restore-x', 'other.key.before-restore-20200101T000000Z'];
  for (const name of [...old, ...others]) await writeFile(join(stateDir, name), '');
  expect(await removeOldFiles(join(stateDir, 'site.key'), now)).toEqual([old[0]]);
  for (const name of young) await writeFile(join(stateDir, name), '');
  expect((await removeOldFiles(join(stateDir, 'site.key'), now)).sort()).toEqual(old.slice(1));
  expect((await readdir(stateDir)).sort()).toEqual([...others, ...young].sort());
  expect(await removeOldFiles(join(stateDir, 'nowhere', 'site.key'), now)).toEqual([]);
});
