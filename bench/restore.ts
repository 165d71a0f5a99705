import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../test/system/deadline.ts';
import type { BenchLine } from './bench-line.ts';
import { runSite } from './running-site.ts';
import { importUsers } from './site-load.ts';

const users = 10_000;
const goalMs = 30_000;
const command = join(import.meta.dirname, '..', 'dist', 'cli.js');
const postern = async (...given: string[]) => promisify(execFile)(process.execPath, [command, ...given]);

/** R3: `postern restore` of a backup of 10,000 people, from the command to its end, with the daemon stopped. */
export async function run(): Promise<BenchLine[]> {
  const site = await runSite();
  try {
    await importUsers(site, 0, users);
    const [config, file, key] = ['site.toml', 'site.backup', 'backup.key'].map((name) =>
      join(site.directory, name),
    ) as [string, string, string];
    writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 });
    await postern('backup', file, '--config', config, '--key-file', key);
    const { pid } = site;
    process.kill(pid, 'SIGTERM');
    await until('the daemon has ended', () => !isRunning(pid), 30_000);
    const begun = performance.now();
    await postern('restore', file, '--yes', '--config', config, '--key-file', key);
    const ms = performance.now() - begun;
    const { said } = await site.restart('"ready"');
    await said;
    const { users: present } = await site.admin.get<{ users: number }>('/v1/system');
    return [
      {
        goal: 'R3',
        what: `postern restore, ${users} people with a card and access each (${(statSync(file).size / 2 ** 20).toFixed(1)} MiB)`,
        target: `<= ${goalMs / 1_000} s`,
        measured: `${(ms / 1_000).toFixed(1)} s, ${present} people are there`,
        met: ms <= goalMs && present === users,
      },
    ];
  } finally {
    await site.close();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
