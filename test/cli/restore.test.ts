import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommandIo } from '../../src/cli/command.ts';
import { commandLine } from '../../src/cli/command-line.ts';
import { giveToOwnerOf } from '../../src/cli/restore/swap.ts';
import { backupHead } from '../../src/compose-backup.ts';
import { doorSocketPath, openDoorSocket } from '../../src/door/door-socket.ts';
import { lockInstance } from '../../src/door/instance-lock.ts';
import { openSiteKeys } from '../../src/door/site-key.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import type { Change } from '../../src/schema/storage.ts';
import { loadSite } from '../../src/site-file/load-site.ts';
import { saveBackup } from '../../src/store/backup/backup-file.ts';
import { sealBackup } from '../../src/store/backup/content.ts';
import { entries } from '../../src/store/database.ts';
import { openLevel } from '../../src/store/open-level.ts';
import { wholeRange } from '../../src/store/store-key.ts';
import { countedRandom } from '../admin/resources.ts';
import { userRecord } from '../contract/store.ts';
import { openStore } from '../support/open-store.ts';

/** A controller on the disk, with a stopped daemon. */
let directory: string;
let config: string;
const keyFile = () => join(directory, 'backup.key');
const state = (...more: string[]) => join(directory, 'state', ...more);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-cli-restore-'));
  config = controller(directory);
  writeFileSync(keyFile(), `${'3f'.repeat(16)}${'a7'.repeat(16)}\n`, { mode: 0o600 });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function controller(at: string): string {
  mkdirSync(at, { recursive: true });
  const text = readFileSync(join(import.meta.dirname, '..', 'system', 'site.toml'), 'utf8')
    .replace('READERS_PORT', '1')
    .replace('LOCKS_PORT', '2')
    .replace('API_PORT', '3');
  writeFileSync(join(at, 'site.toml'), text);
  return join(at, 'site.toml');
}
async function siteAt(path: string) {
  const loaded = await loadSite(path);
  if (!loaded.ok) throw new Error('the site of the tests has mistakes');
  return loaded.site;
}

const ada = userRecord(1, { first_name: 'Ada', last_name: 'Lovelace' });
const grace = userRecord(2, { first_name: 'Grace', last_name: 'Hopper' });
const kurt = userRecord(3, { first_name: 'Kurt', last_name: 'Goedel' });
const put = (after: typeof ada, before: typeof ada | null = null): Change => ({
  kind: 'user',
  id: after.id,
  before,
  after,
});
const gone = (before: typeof ada): Change => ({ kind: 'user', id: before.id, before, after: null });

/** Commits as the daemon would, with its keys. */
async function commit(changes: Change[], path = config): Promise<void> {
  const site = await siteAt(path);
  await openSiteKeys(site.key_file, site.state_dir, countedRandom());
  mkdirSync(site.state_dir, { recursive: true });
  const store = await openStore(
    await openLevel(join(site.state_dir, 'database'), systemClock()),
    () => 'the-store',
  );
  await store.commit({ changes, feed: [] });
  await store.close();
}
async function backup(name: string): Promise<string> {
  const site = await siteAt(config);
  const database = await openLevel(state('database'), systemClock());
  const head = await backupHead(site, {
    version: '1',
    store_id: 'the-store',
    made_at: '2026-03-02T09:00:00.000Z',
  });
  const secret = { kind: 'key', key: Buffer.from(readFileSync(keyFile(), 'utf8').trim(), 'hex') } as const;
  const path = join(directory, name);
  await saveBackup(path, sealBackup(head, entries(database, wholeRange), secret, countedRandom()));
  await database.close();
  return path;
}
async function users(path = config): Promise<string[]> {
  const site = await siteAt(path);
  const store = await openStore(
    await openLevel(join(site.state_dir, 'database'), systemClock()),
    () => 'never',
  );
  const names: string[] = [];
  await store.load((change) => change.kind === 'user' && names.push(String(change.after?.first_name)));
  await store.close();
  return names.sort();
}
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const told = { out: '', err: '' };
  const tell = (where: 'out' | 'err') => (text: string) => {
    told[where] += text;
  };
  const io: CommandIo = { out: tell('out'), err: tell('err'), env: {} };
  const commands = { restore: () => import('../../src/cli/restore.ts') };
  const code = await commandLine(['restore', ...argv], io, commands);
  return { code, ...told };
}
const restore = (file: string, ...more: string[]) =>
  run(file, '--config', config, '--key-file', keyFile(), ...more);

describe('postern restore', () => {
  test('--dry-run tells by name who would come back, change and be gone, and touches nothing', async () => {
    await commit([put(ada), put(grace)]);
    const file = await backup('a.backup');
    await commit([gone(ada), put({ ...grace, suspended: true }, grace), put(kurt)]);
    const before = readdirSync(state()).sort();
    const { code, out } = await restore(file, '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/COME BACK.*\(1\):\n {2}user Ada Lovelace\n/);
    expect(out).toMatch(/as before \(1\):\n {2}user Grace Hopper: suspended true -> false\n/);
    expect(out).toMatch(/gone.*\(1\):\n {2}user Kurt Goedel\n/);
    expect(out).toMatch(/site key: the same/);
    expect([readdirSync(state()).sort(), await users()]).toEqual([before, ['Grace', 'Kurt']]);
  });

  test('brings nobody back without --yes, keeps what was there, and leaves no table for the doors', async () => {
    await commit([put(ada), put(grace)]);
    const file = await backup('a.backup');
    await commit([gone(ada), put(kurt)]);
    writeFileSync(state('table.sealed'), 'newer');
    const refused = await restore(file);
    expect([refused.code, await users()]).toEqual([6, ['Grace', 'Kurt']]);
    expect(refused.out).toMatch(/Ada Lovelace/);
    const done = await restore(file, '--yes');
    expect([done.code, done.err]).toEqual([0, '']);
    expect(done.out).toMatch(/COME BACK/);
    expect(await users()).toEqual(['Ada', 'Grace']);
    const [kept = ''] = readdirSync(state()).filter((name) => name.startsWith('before-restore-'));
    expect(readdirSync(state(kept)).sort()).toEqual(['database', 'table.sealed']);
    expect(readdirSync(state()).sort()).toEqual([kept, 'database', 'store.head'].sort());
  });

  test('makes a new controller: database, site key and all, private to its user', async () => {
    await commit([put(ada)]);
    const file = await backup('a.backup');
    const there = controller(join(directory, 'new'));
    const { code } = await run(file, '--config', there, '--key-file', keyFile());
    expect([code, await users(there)]).toEqual([0, ['Ada']]);
    const site = await siteAt(there);
    expect(readFileSync(site.key_file, 'utf8')).toBe(readFileSync((await siteAt(config)).key_file, 'utf8'));
    expect(statSync(site.key_file).mode & 0o777).toBe(0o600);
  });

  test('and a backup write through no link that lies in the place of their unfinished files', async () => {
    await commit([put(ada)]);
    const there = controller(join(directory, 'new'));
    const { key_file } = await siteAt(there);
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'untouched', { mode: 0o644 });
    mkdirSync(join(key_file, '..'), { recursive: true });
    symlinkSync(victim, `${key_file}.unfinished`);
    symlinkSync(victim, join(directory, 'a.backup.unfinished'));
    const file = await backup('a.backup');
    expect((await run(file, '--config', there, '--key-file', keyFile())).code).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect([file, key_file].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  test('run by root gives away what it has made, and nothing that a link leads to', async () => {
    const [made, victim] = ['made', 'victim'].map((name) => join(directory, name)) as [string, string];
    for (const path of [made, victim]) mkdirSync(path);
    writeFileSync(join(victim, 'shadow'), '');
    symlinkSync(victim, join(made, 'link'));
    const { uid } = statSync(victim);
    // Who is not root can give nothing away.
    if (process.getuid?.() === 0) chownSync(directory, 65_534, 65_534);
    await giveToOwnerOf(directory, [made]);
    expect(statSync(made).uid).toBe(statSync(directory).uid);
    expect([victim, join(victim, 'shadow')].map((path) => statSync(path).uid)).toEqual([uid, uid]);
  });

  test('brings the keys of readers to a new controller, and leaves those that are there, which may be newer', async () => {
    await commit([put(ada)]);
    writeFileSync(state('reader-keys.sealed'), 'then', { mode: 0o600 });
    const file = await backup('a.backup');
    writeFileSync(state('reader-keys.sealed'), 'now', { mode: 0o600 });
    const { code, out } = await restore(file);
    expect([code, readFileSync(state('reader-keys.sealed'), 'utf8')]).toEqual([0, 'now']);
    expect(out).toMatch(/keys of the readers: others are here, and stay/);
    const there = controller(join(directory, 'new'));
    await run(file, '--config', there, '--key-file', keyFile());
    expect(readFileSync(join(directory, 'new', 'state', 'reader-keys.sealed'), 'utf8')).toBe('then');
  });

  test('takes the place of another site key only when told so, and keeps it', async () => {
    await commit([put(ada)]);
    const file = await backup('a.backup');
    const there = controller(join(directory, 'new'));
    const { key_file } = await siteAt(there);
    mkdirSync(join(key_file, '..'), { recursive: true });
    const asides = ['01', '02', '03'].map((day) => `site.key.before-restore-202001${day}T000000Z`);
    for (const name of asides) writeFileSync(join(key_file, '..', name), '');
    writeFileSync(key_file, '5b'.repeat(15) + '77'.repeat(17), { mode: 0o600 });
    const refused = await run(file, '--config', there, '--key-file', keyFile());
    expect([refused.code, readFileSync(key_file, 'utf8')]).toEqual([6, '5b'.repeat(15) + '77'.repeat(17)]);
    const done = await run(file, '--config', there, '--key-file', keyFile(), '--replace-keys');
    expect([done.code, await users(there)]).toEqual([0, ['Ada']]);
    const kept = readdirSync(join(key_file, '..')).filter((name) => name.includes('.before-restore-'));
    // The one that was there now, and the newest two of those of earlier restores.
    expect(kept.sort()).toEqual([...asides.slice(1), expect.stringMatching(/restore-(?!2020)/)]);
  });

  test('of a damaged file, of another site, with a wrong key, or beside a running daemon changes nothing', async () => {
    await commit([put(ada)]);
    const file = await backup('a.backup');
    const bytes = readFileSync(file);
    writeFileSync(join(directory, 'cut.backup'), bytes.subarray(0, -20));
    writeFileSync(join(directory, 'other.key'), 'c4'.repeat(15) + '19'.repeat(17), { mode: 0o600 });
    const other = controller(join(directory, 'other'));
    writeFileSync(other, readFileSync(other, 'utf8').replace(/^id = ".{4}/m, 'id = "ffff'));
    const answers = [
      await restore(join(directory, 'cut.backup'), '--yes'),
      await restore(join(directory, 'none.backup'), '--yes'),
      await run(file, '--config', other, '--key-file', keyFile()),
      await run(file, '--config', config, '--key-file', join(directory, 'other.key')),
    ];
    const lock = await lockInstance(state());
    answers.push(await restore(file, '--yes'));
    lock.release();
    // A daemon in another network namespace has a lock that is not seen here, and a socket that is.
    const socket = doorSocketPath((await siteAt(config)).api.socket);
    const daemon = await openDoorSocket(socket, systemClock(), () => Promise.resolve({}));
    answers.push(await restore(file, '--yes'));
    await daemon.close();
    expect(answers.map(({ code }) => code)).toEqual([3, 3, 3, 3, 3, 3]);
    const said = answers.map(({ err }) => err).join('');
    for (const what of [
      /end is missing/,
      /ENOENT/,
      /of the site/,
      /key file is not the one/,
      /another Postern daemon/,
      /a Postern daemon answers on/,
    ]) {
      expect(said).toMatch(what);
    }
    expect(await users()).toEqual(['Ada']);
  });
});
