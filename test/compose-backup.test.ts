import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backupWorks } from '../src/compose-backup.ts';
import { countedRandom } from './admin/resources.ts';
import { entriesOf, filledStore } from './store/backup/filled-store.ts';
import { virtualClock } from './support/virtual-clock.ts';

/** The works behind `[backup]`, on a real disk. */
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-works-'));
  for (const name of ['state', 'backups']) mkdirSync(join(directory, name));
  for (const name of ['site.key', 'backup.key'])
    writeFileSync(join(directory, name), `${name.length % 10}7a3`.repeat(16), { mode: 0o600 });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const day = 86_400_000;

async function worksOf() {
  const { database, store } = await filledStore(300);
  const works = backupWorks({
    site: {
      id: '0b9c8a52-7d0e-4a53-8b7e-1f3c5f2f6a10',
      name: 'Old mill',
      state_dir: join(directory, 'state'),
      key_file: join(directory, 'site.key'),
      backup: {
        directory: join(directory, 'backups'),
        key_file: join(directory, 'backup.key'),
        at_minute: 0,
        keep_daily: 2,
        keep_weekly: 0,
      },
    },
    version: '1.2.3',
    storeId: store.id,
    entries: () => entriesOf(database),
    clock: virtualClock(),
    random: countedRandom(),
  });
  return { works, store };
}

test('a backup is private, passes a drill that leaves nothing behind, and takes the place of the oldest', async () => {
  const { works, store } = await worksOf();
  const files: string[] = [];
  for (const n of [1, 2, 3]) files.push((await works.make(n * day)).file);
  const newest = files.at(-1) ?? '';
  expect(statSync(join(directory, 'backups', newest)).mode & 0o777).toBe(0o600);
  expect((await works.drill(newest)).entries).toBeGreaterThan(600);
  expect(readdirSync(join(directory, 'state'))).toEqual([]);
  expect(await works.prune()).toEqual([files[0]]);
  expect(readdirSync(join(directory, 'backups')).sort()).toEqual(files.slice(1).sort());
  await store.close();
});

test('a drill fails on a backup that has rotted, and one that fails to be made leaves no file', async () => {
  const { works, store } = await worksOf();
  const { file } = await works.make(day);
  const path = join(directory, 'backups', file);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
  writeFileSync(path, bytes);
  await expect(works.drill(file)).rejects.toMatchObject({ code: 'backup_unusable' });
  expect(readdirSync(join(directory, 'state'))).toEqual([]);
  rmSync(join(directory, 'backup.key'));
  await expect(works.make(2 * day)).rejects.toMatchObject({ code: 'key_file_invalid' });
  expect(readdirSync(join(directory, 'backups'))).toEqual([file]);
  await store.close();
});
