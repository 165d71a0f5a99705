import { describe, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { models, siteText } from './site-text.ts';

const read = (table: string) => readSite('/etc/postern/site.toml', `${siteText}\n[backup]\n${table}`, models);
const good = 'directory = "/backups"\nkey_file = "backup.key"';

describe('[backup]', () => {
  test('has a time and a retention where nothing is said, and absolute paths', () => {
    const site = read(good);
    expect(site.ok && site.site.backup).toEqual({
      directory: '/backups',
      key_file: '/etc/postern/backup.key',
      at_minute: 210,
      keep_daily: 14,
      keep_weekly: 8,
    });
    const later = read(`${good}\nat = "23:05"\nkeep_daily = 3\nkeep_weekly = 0`);
    expect(later.ok && later.site.backup).toMatchObject({ at_minute: 1385, keep_daily: 3, keep_weekly: 0 });
  });

  test('left out, no backups are made', () => {
    const site = readSite('/etc/postern/site.toml', siteText, models);
    expect(site.ok && 'backup' in site.site).toBe(false);
  });

  test.each([
    ['directory = "/backups"', 'backup.key_file', /missing|required|expected/],
    ['directory = "state/backups"\nkey_file = "backup.key"', 'backup.directory', /in state_dir/],
    ['directory = "/backups"\nkey_file = "/backups/key"', 'backup.key_file', /beside what it seals/],
    ['directory = "/backups"\nkey_file = "state/key"', 'backup.key_file', /beside what it seals/],
    ['directory = "/backups"\nkey_file = "key/site.key"', 'backup.key_file', /this is the site key/],
    [`${good}\nat = "3:30"`, 'backup.at', /"00:00" to "23:59"/],
    [`${good}\nkeep_daily = 0`, 'backup.keep_daily', /1 to 366/],
    [`${good}\nkeep = 3`, 'backup.keep', /unknown key/],
  ])('%s is blamed on %s', (table, path, says) => {
    const site = read(table);
    expect(site.ok ? [] : site.problems).toContainEqual(
      expect.objectContaining({ path, message: expect.stringMatching(says) }),
    );
  });
});
