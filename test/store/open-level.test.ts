import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFault, openLevel } from '../../src/store/open-level.ts';
import { virtualClock } from '../support/virtual-clock.ts';

describe('opening LevelDB', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'postern-open-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  test('makes a new database where there is nothing', async () => {
    const directory = join(root, 'state', 'db');
    const database = await openLevel(directory, virtualClock());
    await database.close();
    expect(await readdir(directory)).toContain('CURRENT');
  });

  test('never makes a new database in place of one whose CURRENT is gone', async () => {
    const directory = join(root, 'db');
    const database = await openLevel(directory, virtualClock());
    await database.batch([{ type: 'put', key: 'k', value: 'v' }], { sync: true });
    await database.close();
    await rm(join(directory, 'CURRENT'));
    await expect(openLevel(directory, virtualClock())).rejects.toMatchObject({ code: 'storage_damaged' });
    expect(await readdir(directory)).not.toContain('CURRENT');
  });

  test('never makes a database among the files of something else', async () => {
    await writeFile(join(root, 'photo.jpg'), '');
    await expect(openLevel(root, virtualClock())).rejects.toThrow(/empty directory/);
    expect(await readdir(root)).not.toContain('CURRENT');
  });

  test('the directory is synced when it is open, before anything can be written', async () => {
    const directory = join(root, 'db');
    const before = (): Promise<void> => Promise.resolve();
    const synced: string[][] = [];
    const sync = async (which: string) => void synced.push(await readdir(which));
    await (await openLevel(directory, virtualClock(), before, sync)).close();
    expect(synced).toEqual([expect.arrayContaining(['CURRENT'])]);
    const refuse = () => Promise.reject(new Error('i/o error'));
    await expect(openLevel(directory, virtualClock(), before, refuse)).rejects.toMatchObject({
      code: 'state_dir_unusable',
      message: `${directory} cannot be synced: i/o error`,
    });
    // It was let go of.
    await (await openLevel(directory, virtualClock())).close();
  });

  test('says when the path is a file', async () => {
    await writeFile(join(root, 'file'), '');
    for (const path of [join(root, 'file'), join(root, 'file', 'db')]) {
      await expect(openLevel(path, virtualClock())).rejects.toThrow(`${path} is not a directory`);
    }
  });

  test('waits for another process to let go, but not longer than 5 s', async () => {
    const directory = join(root, 'db');
    await mkdir(directory);
    const holder = await openLevel(directory, virtualClock());
    const clock = virtualClock();
    const drive = async (until: Promise<unknown>): Promise<void> => {
      let done = false;
      const end = until.then(
        () => {
          done = true;
        },
        () => {
          done = true;
        },
      );
      while (!done) {
        await new Promise((resolve) => setImmediate(resolve));
        clock.advance(clock.untilNext() ?? 0);
      }
      await end;
    };
    const refused = openLevel(directory, clock);
    await drive(refused);
    await expect(refused).rejects.toThrow(/open in another process/);
    expect(clock.mono()).toBe(5000);

    const patient = openLevel(directory, clock);
    await holder.close();
    await drive(patient);
    await (await patient).close();
    expect(clock.mono()).toBeLessThan(10_000);
  });

  test('names path, cause and remedy', () => {
    const rows: [string, RegExp][] = [
      ['EACCES', /change its owner/],
      ['EROFS', /read-only file system: mount it writable/],
      ['ENOSPC', /make room/],
      ['LEVEL_LOCKED', /stop the other Postern/],
    ];
    for (const [code, remedy] of rows) {
      const inner = Object.assign(new Error('x'), { code });
      const fault = openFault('/var/lib/postern', new Error('outer', { cause: inner }));
      expect(fault.code).toBe('state_dir_unusable');
      expect(fault.message).toMatch(remedy);
      expect(fault.message).toContain('/var/lib/postern');
    }
  });
});
