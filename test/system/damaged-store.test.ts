import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { SystemInfo } from '../../src/schema/system-info.ts';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** A daemon whose database has lost something while it did not run. */
let rig: Rig;
afterEach(() => rig.close());

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const postern = (...argv: string[]) => {
  const { status, stdout } = spawnSync(process.execPath, [cli, ...argv], { encoding: 'utf8' });
  return { status, stdout };
};
const config = () => join(rig.directory, 'site.toml');
const stateDir = () => {
  const [, path = ''] = /^state_dir\s*=\s*"([^"]+)"/m.exec(readFileSync(config(), 'utf8')) ?? [];
  return join(rig.directory, path);
};
const database = () => join(stateDir(), 'database');
const released = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'released').length;

async function opens(reader: 'front' | 'back', card: string): Promise<void> {
  const before = released();
  await rig.act({ do: 'card', reader, card });
  await until('the lock is released', () => released() > before);
}
const names = (of: SystemInfo) => of.storage.damage?.missing.map(({ kind }) => kind).sort() ?? [];

test('a database without its log: doors open, nothing is written, what is missing is told, and it goes on when told to', async () => {
  rig = await startRig();
  await rig.start();
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
  await rig.stop();
  // The next start turns the log into a table: what follows is in a log of its own.
  await rig.start();
  const lost = await rig.person('Hopper', [{ kind: 'card', value: '12:3457' }]);
  await rig.stop();
  for (const name of readdirSync(database()).filter((file) => file.endsWith('.log'))) {
    expect(statSync(join(database(), name)).size).toBeGreaterThan(0);
    truncateSync(join(database(), name), 0);
  }

  const checked = postern('check', '--store', '--config', config(), '--json');
  expect(checked.status).toBe(3);
  expect(checked.stdout).toContain(lost);

  // It waits for doors that go by the newest change, which these will not for a while.
  const started = rig.start().catch(() => {});
  const seen = await until('the daemon says that its database is damaged', async () => {
    const system = await rig.admin.get<SystemInfo>('/v1/system');
    return (
      system.storage.state === 'damaged' && system.doors?.readers.every(({ online }) => online) && system
    );
  });
  expect(names(seen)).toEqual(['credential', 'user']);
  await opens('front', '12:3456');
  await opens('back', '12:3457');
  await expect(rig.admin.post('/v1/users', { first_name: 'No', last_name: 'One' })).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
  expect(await rig.admin.get('/healthz')).toMatchObject({ status: 'storage_damaged' });
  const status = postern('status', '--config', config());
  expect(status.status).toBe(3);
  expect(status.stdout).toContain('THE DATABASE IS DAMAGED');
  expect(postern('check', '--store', '--config', config()).status).toBe(3);

  const accepted = postern('store', 'accept', '--config', config());
  expect(accepted).toMatchObject({ status: 0, stdout: expect.stringContaining('given up') });
  await started;
  await until('the doors go by what is left', async () => {
    const { doors_in_sync } = await rig.admin.get<SystemInfo>('/v1/system');
    return doors_in_sync;
  });
  await opens('front', '12:3456');
  const types = await until('every opening is told', async () => {
    const told = (await rig.feed()).map(({ type }) => type);
    return told.filter((type) => type === 'access.granted').length === 3 && told;
  });
  expect(types).toContain('storage.accepted');
  expect(types).toContain('storage.damaged');
  await expect(rig.admin.get(`/v1/users/${lost}`)).rejects.toMatchObject({ code: 'not_found' });
  await rig.stop();
  expect(postern('check', '--store', '--config', config()).status).toBe(0);
}, 120_000);

test('a database without CURRENT is repaired by the next start, which says so', async () => {
  rig = await startRig();
  await rig.start();
  const id = await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
  await rig.stop();
  rmSync(join(database(), 'CURRENT'));
  expect(postern('check', '--store', '--config', config()).stdout).toContain('the next start will repair it');
  await rig.start();
  expect(await rig.admin.get(`/v1/users/${id}`)).toMatchObject({ last_name: 'Lovelace' });
  await until('the feed says so', async () =>
    (await rig.feed()).some(({ type }) => type === 'storage.repaired'),
  );
}, 60_000);
