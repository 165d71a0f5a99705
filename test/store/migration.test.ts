import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLevel } from '../../src/store/open-level.ts';
import { userRecord } from '../contract/store.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { guarded } from './damaged-state.ts';

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-migration-'));
});
afterEach(() => rm(stateDir, { recursive: true }));

/** Writes keys and values as an older or newer Postern left them. */
async function write(entries: Record<string, unknown>): Promise<void> {
  const database = await openLevel(join(stateDir, 'database'), virtualClock());
  const operations = Object.entries(entries).map(([key, value]) => ({
    type: 'put' as const,
    key,
    value: JSON.stringify(value),
  }));
  await database.batch(operations, { sync: true });
  await database.close();
}

const user = userRecord(1);
const format1 = {
  'meta/identity': { id: 'an-old-one', format: 1 },
  'meta/head': {
    revision: 7,
    records_revision: 6,
    feed_seq: 2,
    counts: { user: 1, credential: 0, access: 0 },
  },
  [`record/user/${user.id}`]: user,
  'feed/00000000000001': { seq: 1, id: 'e1', type: 'user.created', time: '', resource: 'user/1', data: {} },
  'feed/00000000000002': { seq: 2, id: 'e2', type: 'user.updated', time: '', resource: 'user/1', data: {} },
  'journal/j': 41,
};

describe('a database of format 1', () => {
  test('is brought to format 2 with everything in it, after a copy was kept, and is not migrated twice', async () => {
    await write(format1);
    const found = await guarded(stateDir);
    expect(found).toMatchObject({
      kind: 'open',
      found: { what: 'migrated', from: 1, kept: 'database.format-1' },
    });
    if (found.kind !== 'open') return;
    const { store } = found;
    expect([store.id, store.revision(), store.recordsRevision(), store.feedSeq()]).toEqual([
      'an-old-one',
      7,
      6,
      2,
    ]);
    expect([await store.journalSeq('j'), (await store.feed(0, 9)).length]).toEqual([41, 2]);
    expect(await store.commit({ changes: [], feed: [] })).toEqual({ revision: 8, feed_seq: 2 });
    await store.close();
    const again = await guarded(stateDir);
    expect(again).toMatchObject({ kind: 'open', found: { what: 'intact' } });
    if (again.kind === 'open') await again.store.close();

    const kept = await openLevel(join(stateDir, 'database.format-1'), virtualClock());
    expect(await kept.get('meta/identity')).toBe(JSON.stringify(format1['meta/identity']));
    await kept.close();
  });

  test('that lacks a record it counted is not migrated', async () => {
    await write({ ...format1, 'meta/head': { ...format1['meta/head'], counts: { user: 2 } } });
    expect(await guarded(stateDir)).toMatchObject({
      kind: 'damaged',
      damage: { faults: [expect.stringContaining('user: 1 of 2')] },
    });
    expect(await readdir(stateDir)).not.toContain('store.head');
  });

  test('whose migration was cut short before its batch is migrated by the next start', async () => {
    await write(format1);
    const whole = await guarded(stateDir);
    if (whole.kind === 'open') await whole.store.close();
    // The head of the new format is outside already; the database is as it was.
    await rm(join(stateDir, 'database'), { recursive: true });
    await mkdir(join(stateDir, 'database'));
    await write(format1);
    const found = await guarded(stateDir);
    expect(found).toMatchObject({ kind: 'open', found: { what: 'migrated' } });
    if (found.kind === 'open') await found.store.close();
  });
});

test('a database of a newer format is refused, and nothing of it is changed', async () => {
  await write({ 'meta/identity': { id: 'x', format: 99 }, 'meta/head': { surprising: true } });
  await expect(guarded(stateDir)).rejects.toMatchObject({
    code: 'state_dir_unusable',
    message: expect.stringContaining('made by a newer Postern'),
  });
  const database = await openLevel(join(stateDir, 'database'), virtualClock());
  expect(await database.get('meta/head')).toBe('{"surprising":true}');
  await database.close();
});

test('what is no database is left alone', async () => {
  await mkdir(join(stateDir, 'database'));
  await writeFile(join(stateDir, 'database', 'photo.jpg'), 'a photo');
  expect(await guarded(stateDir)).toMatchObject({ kind: 'damaged' });
  expect(await readdir(join(stateDir, 'database'))).toEqual(['photo.jpg']);
});
