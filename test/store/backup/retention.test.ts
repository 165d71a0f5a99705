import { expect, test } from 'vitest';
import { backupName, leftOvers, superfluous } from '../../../src/store/backup/retention.ts';

const day = 86_400_000;
const site = '0b9c8a52-7d0e-4a53-8b7e-1f3c5f2f6a10';
/** A Monday. */
const start = Date.parse('2026-03-02T03:30:00Z');
const nights = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => backupName(site, start + n * day));

test('the newest of each of so many days and weeks stay, older ones go', () => {
  const names = nights(40);
  const gone = new Set(superfluous(names, site, { daily: 3, weekly: 4 }));
  const kept = names.filter((name) => !gone.has(name)).map((name) => name.slice(17, 25));
  // 40 nights end on Friday 10 April; the Sundays before it are the last of their weeks.
  expect(kept).toEqual(['20260322', '20260329', '20260405', '20260408', '20260409', '20260410']);
});

test('of several on one day only the newest counts, and the newest of all is never dropped', () => {
  const twice = [backupName(site, start), backupName(site, start + 60_000)];
  expect(superfluous(twice, site, { daily: 5, weekly: 0 })).toEqual([twice[0]]);
  expect(superfluous(nights(2), site, { daily: 0, weekly: 0 })).toEqual([nights(2)[0]]);
});

test('files of other sites, of other names, and unfinished ones are left alone', () => {
  const others = [
    backupName('ffff8a52-7d0e-4a53-8b7e-1f3c5f2f6a10', start),
    `${backupName(site, start)}.unfinished`,
    'postern-0b9c8a52-before-the-upgrade.backup',
    'notes.txt',
  ];
  expect(superfluous([...others, backupName(site, start + 9 * day)], site, { daily: 1, weekly: 0 })).toEqual(
    [],
  );
});

test('of unfinished ones those from more than a day ago are left over, and no others', () => {
  const old = `${backupName(site, start)}.unfinished`;
  const young = `${backupName(site, start + day)}.unfinished`;
  const names = [old, young, backupName(site, start), 'mine.backup.unfinished'];
  expect(leftOvers(names, site, start + day + 1)).toEqual([old]);
});
