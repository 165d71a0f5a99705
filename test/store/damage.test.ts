import { readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Found } from '../../src/store/guarded-store.ts';
import { userRecord } from '../contract/store.ts';
import {
  contents,
  copyOf,
  damage,
  databaseFile,
  filledState,
  guarded,
  inLog,
  inTables,
  type Way,
  ways,
} from './damaged-state.ts';

/** Every file of the database, damaged in every way: what was committed is there, or it is said to be missing. */
let whole: string;
beforeAll(async () => {
  whole = await filledState();
}, 60_000);
afterAll(() => rm(whole, { recursive: true }));

const all = inTables + inLog;
const files = {
  'log of the last changes': /\.log$/,
  'table (`.ldb`)': /\.ldb$/,
  MANIFEST: /^MANIFEST/,
  CURRENT: /^CURRENT$/,
};
const known = Array.from({ length: all }, (_, n) => ({ kind: 'user', id: userRecord(n).id }));

const durability = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'durability.md'), 'utf8');

/** What the table in docs/durability.md says becomes of a file: its row, the cell below the way. */
function documented(file: string, way: Way): string {
  const row = durability.split('\n').find((line) => line.startsWith(`| ${file} |`)) ?? '';
  return row.split('|')[2 + ways.indexOf(way)]?.trim() ?? 'nothing';
}

const lost = { repaired: 'repaired', missing: 'missing, told' } as const;

for (const [file, name] of Object.entries(files)) {
  for (const way of ways) {
    test(`${file}, ${way}: all of it is there, or it is told and nothing is written`, async () => {
      const stateDir = await copyOf(whole);
      await damage(await databaseFile(stateDir, name), way);
      const before = await contents(join(stateDir, 'database'));
      const found = await guarded(stateDir, { knownAtDoors: () => Promise.resolve(known) });
      if (found.kind === 'open') {
        expect(found.found).toMatchObject({ what: 'repaired' } satisfies Partial<Found>);
        const ids: string[] = [];
        await found.store.load(({ id }) => ids.push(id));
        expect(ids).toEqual(known.map(({ id }) => id));
        expect((await found.store.feed(0, all + 1)).length).toBe(all);
        await found.store.close();
        const kept = found.found.what === 'repaired' ? found.found.kept : '';
        expect(await contents(join(stateDir, kept))).toEqual(before);
        expect(documented(file, way)).toBe(lost.repaired);
      } else {
        const { kinds, faults, missing_in_all } = found.damage;
        const users = kinds.find(({ kind }) => kind === 'user');
        expect(faults.length).toBeGreaterThan(0);
        expect(missing_in_all).toBe(users === undefined ? 0 : users.should - users.found);
        expect(kinds.length).toBeGreaterThan(0);
        expect(await contents(join(stateDir, 'database'))).toEqual(before);
        expect(documented(file, way)).toBe(lost.missing);
      }
      await rm(stateDir, { recursive: true });
    });
  }
}

for (const way of ways) {
  test(`store.head, ${way}: the database goes on, and it is told that nothing proves it whole`, async () => {
    const stateDir = await copyOf(whole);
    await damage(join(stateDir, 'store.head'), way);
    const found = await guarded(stateDir);
    expect(found).toMatchObject({ kind: 'open', found: { what: 'unproved' } });
    if (found.kind === 'open') await found.store.close();
    const again = await guarded(stateDir);
    expect(again).toMatchObject({ kind: 'open', found: { what: 'intact' } });
    if (again.kind === 'open') await again.store.close();
    expect(documented('store.head', way)).toBe('unproved, told');
    await rm(stateDir, { recursive: true });
  });
}

test('store.head lost together with the last changes: the table at the doors still knows of them', async () => {
  const stateDir = await copyOf(whole);
  await damage(join(stateDir, 'store.head'), 'deleted');
  await damage(await databaseFile(stateDir, files['log of the last changes']), 'emptied');
  const doors = { table_id: 'the-database', revision: all };
  const found = await guarded(stateDir, { doors });
  expect(found).toMatchObject({
    kind: 'damaged',
    damage: { faults: [expect.stringContaining('the table at the doors')] },
  });
  await rm(stateDir, { recursive: true });
});

test('a database that is gone is not begun anew while head or doors still know of it', async () => {
  const stateDir = await copyOf(whole);
  await rm(join(stateDir, 'database'), { recursive: true });
  const gone = { kind: 'damaged', damage: { faults: ['the database is gone'] } };
  expect(await guarded(stateDir, { knownAtDoors: () => Promise.resolve(known) })).toMatchObject(gone);
  await rm(join(stateDir, 'store.head'));
  expect(await guarded(stateDir, { doors: { table_id: 'the-database', revision: 1 } })).toMatchObject(gone);
  await rm(stateDir, { recursive: true });
});

test('an older copy put in place of the database is known by its head', async () => {
  const older = await copyOf(whole);
  const newer = await copyOf(whole);
  const going = await guarded(newer);
  if (going.kind === 'open') {
    await going.store.commit({ changes: [], feed: [] });
    await going.store.close();
  }
  await rm(join(newer, 'database'), { recursive: true });
  await cp(join(older, 'database'), join(newer, 'database'), { recursive: true });
  expect(await guarded(newer)).toMatchObject({
    kind: 'damaged',
    damage: { commits: { should: all + 1, found: all }, missing_in_all: 0 },
  });
  await Promise.all([older, newer].map((path) => rm(path, { recursive: true })));
});

test('a start on an intact database changes nothing of it', async () => {
  const stateDir = await copyOf(whole);
  const head = readFileSync(join(stateDir, 'store.head'));
  const found = await guarded(stateDir);
  expect(found).toMatchObject({ kind: 'open', found: { what: 'intact' } });
  if (found.kind === 'open') {
    expect(found.store.revision()).toBe(all);
    await found.store.close();
  }
  expect(readFileSync(join(stateDir, 'store.head'))).toEqual(head);
  await rm(stateDir, { recursive: true });
});
