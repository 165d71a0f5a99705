import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const unit = new URL('../../systemd/postern.service', import.meta.url).pathname;

test('systemd judges the exposure of the unit at 2.0 or less', () => {
  const report = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
    encoding: 'utf8',
  });
  const level = /Overall exposure level for postern\.service: ([\d.]+)/.exec(report)?.[1];
  expect(Number(level)).toBeGreaterThan(0);
  expect(Number(level)).toBeLessThanOrEqual(2);
});
