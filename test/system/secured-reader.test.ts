import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/hal/system-clock.ts';
import { openLevel } from '../../src/store/open-level.ts';
import { eachEntry } from '../contract/store.ts';
import { secretForms } from '../support/secret-forms.ts';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** One reader with a secure channel on the real daemon, paired with the real command. */
let rig: Rig;
let flash: string;

beforeEach(async () => {
  flash = mkdtempSync(join(tmpdir(), 'postern-flash-'));
  rig = await startRig({
    adapt: (text) => text.replace(/(\[readers\.front\]\n(?:[^\n[]+\n)*?)secure = false\n/, '$1'),
    readerMemory: join(flash, 'readers.json'),
  });
  await rig.start();
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
}, 40_000);
afterEach(async () => {
  await rig.close();
  rmSync(flash, { recursive: true });
});

const command = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
async function postern(...argv: string[]): Promise<{ exit: number; told: string }> {
  const child = spawn(process.execPath, [command, ...argv, '--config', join(rig.directory, 'site.toml')]);
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (told += String(text)));
  const [exit] = (await once(child, 'close')) as [number];
  return { exit, told };
}
const released = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'released').length;
async function opens(): Promise<void> {
  const before = released();
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  await until('the lock is released', () => released() > before);
}
const frontOnline = () =>
  until('the reader is online', async () =>
    /front .*online .*secure/.test((await postern('reader', 'list')).told),
  );

test('a reader is paired by the command while the admin process stands still, and its key lies nowhere but in its file', async () => {
  const told: string[] = [];
  const say = async (...argv: string[]) => {
    const said = await postern(...argv);
    told.push(said.told);
    return said;
  };
  expect((await say('reader', 'list')).told).toContain('NOT PAIRED: postern reader pair front');
  expect(rig.output()).toMatch(/readers\.back\.secure: this reader runs in plain/);

  const admin = rig.adminPid();
  process.kill(admin, 'SIGSTOP');
  expect(await say('reader', 'pair', 'front', '--wait', '--minutes', '1')).toMatchObject({ exit: 0 });
  await frontOnline();
  await opens();
  process.kill(admin, 'SIGCONT');
  await until('the feed tells who paired it', async () =>
    (await rig.feed()).some(
      ({ type, data }) => type === 'reader.paired' && /^local:./.test(String(data['operator'])),
    ),
  );
  expect((await say('status')).told).toMatch(/INSECURE/);

  // The simulator keeps the reader's key in a file of its own: so it is known what to look for.
  const kept = JSON.parse(readFileSync(join(flash, 'readers.json'), 'utf8')) as { front: string };
  const key = Buffer.from(kept.front, 'hex');
  expect(key).toHaveLength(16);
  told.push(JSON.stringify(await rig.feed()), JSON.stringify(await rig.admin.get('/v1/readers')));
  await rig.stop();
  const sealed = join(rig.directory, 'state', 'reader-keys.sealed');
  expect(statSync(sealed).mode & 0o777).toBe(0o600);
  const files = readdirSync(rig.directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const entries: string[] = [];
  const database = await openLevel(join(rig.directory, 'state', 'database'), systemClock());
  for await (const [name, value] of eachEntry(database)) entries.push(name, value);
  await database.close();
  const everything = Buffer.concat([...files, Buffer.from([rig.output(), ...told, ...entries].join('\n'))]);
  expect(everything.includes('reader.paired')).toBe(true);
  const forms = [key, ...secretForms(kept.front), ...secretForms(key.toString('base64'))];
  expect(forms.filter((form) => everything.includes(form))).toEqual([]);

  // And both sides still have it.
  await rig.start();
  await frontOnline();
  await opens();
}, 90_000);

test('a reader that lost its key stays out, is told of within a second, and is paired anew', async () => {
  expect(await postern('reader', 'pair', 'front', '--wait')).toMatchObject({ exit: 0 });
  await frontOnline();
  const at = systemClock().wall();
  await rig.act({ do: 'reset', reader: 'front' });
  const { time } = await until('the feed tells of it', async () =>
    (await rig.feed()).find(({ data }) => data['what'] === 'install_mode'),
  );
  expect(Date.parse(time) - at).toBeLessThan(1_000);
  const before = released();
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  expect((await postern('reader', 'list')).told).toMatch(/front .*OFFLINE/);
  expect(await postern('reader', 'pair', 'front', '--wait')).toMatchObject({ exit: 0 });
  await frontOnline();
  expect(released()).toBe(before);
  await opens();
}, 90_000);
