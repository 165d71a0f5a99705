import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const directory = join(import.meta.dirname, '..', '..', 'systemd');
const units = readdirSync(directory).filter((name) => /\.(service|timer)$/.test(name));
const services = units.filter((name) => name.endsWith('.service'));

test('there are units to be judged', () => {
  expect(services).toEqual(expect.arrayContaining(['postern.service', 'postern-backup.service']));
  expect(units).toContain('postern-backup.timer');
});

test.each(services)('systemd judges the exposure of %s at 2.0 or less', (name) => {
  const args = ['security', '--offline=true', '--no-pager', join(directory, name)];
  const report = execFileSync('systemd-analyze', args, { encoding: 'utf8' });
  const level = /Overall exposure level for \S+: ([\d.]+)/.exec(report)?.[1];
  expect(Number(level)).toBeGreaterThan(0);
  expect(Number(level)).toBeLessThanOrEqual(2);
});

test.each(units)('systemd understands every line of %s', (name) => {
  const { stderr } = spawnSync('systemd-analyze', ['verify', join(directory, name)], { encoding: 'utf8' });
  // What the unit starts is not installed where this runs.
  const said = stderr.split('\n').filter((line) => line.includes(name) && !/not executable/.test(line));
  expect(said).toEqual([]);
});

test('the doors outlive an admin process that the kernel ends for want of memory, and are watched', () => {
  const unit = readFileSync(join(directory, 'postern.service'), 'utf8').split('\n');
  expect(unit).toEqual(
    expect.arrayContaining(['Type=notify', 'WatchdogSec=20s', 'OOMPolicy=continue', 'Restart=always']),
  );
});
