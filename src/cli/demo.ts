import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, type ErrorCode } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { runDaemon, siteOf } from '../daemon.ts';
import { doorSocketPath } from '../door/door-socket.ts';
import { scopes } from '../schema/record.ts';
import { type AdminClient, adminClient } from './admin-client.ts';
import type { CommandIo } from './command.ts';
import { doorClient } from './door-client.ts';
import { paired } from './reader.ts';

/** What the demo makes at its first start and shows again at later ones: random, and valid nowhere else. */
interface DemoAccess {
  api_key: string;
  user_id: string;
  pin: string;
}

const demoCard = '12:3456';
/** By it Ada is found whom a first start has made that was broken off. */
const demoUser = 'demo-ada';
/** Longer than a start takes, also on a slow computer. */
const patienceMs = 20_000;

/** Runs the simulated site and the daemon on it, until Ctrl-C. */
export async function runDemo(io: CommandIo): Promise<void> {
  const siteFile = fileURLToPath(new URL('../../config/demo.toml', import.meta.url));
  const checked = await siteOf(siteFile);
  const { site } = checked;
  await makeMasterCode(site);
  const simulator = await startSimulator(siteFile, site);
  const waiting = setTimeout(() => io.err(notYet(site)), patienceMs);
  try {
    await runDaemon(checked, io.env, (listening) => {
      settle(site, io)
        .then(
          (access) => io.out(greeting(site, listening, access)),
          (error: unknown) => io.err(`the demo could not be set up: ${String(error)}\n`),
        )
        .finally(() => clearTimeout(waiting));
    });
  } finally {
    clearTimeout(waiting);
    // Its standard input ends with us, and it with that.
    simulator.stdin?.end();
  }
}

/** The master code that the simulated panel and the daemon both read: random, as the site's key is, and as long as Ada's PIN. */
async function makeMasterCode({ panel }: Site): Promise<void> {
  if (panel === null || panel.kind === 'dry_contact' || panel.code_file === null) return;
  await mkdir(dirname(panel.code_file), { recursive: true });
  await writeFile(panel.code_file, sixDigits(), { mode: 0o600, flag: 'wx' }).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  });
}

const sixDigits = (): string => String(randomInt(1_000_000)).padStart(6, '0');

/** The simulated devices: a process of their own, out of reach of the terminal's Ctrl-C so that locks answer while we stop. */
function startSimulator(siteFile: string, site: Site): Promise<ChildProcess> {
  const entry = new URL(`../sim-main${extname(import.meta.url)}`, import.meta.url);
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      fileURLToPath(entry),
      ...['--site', siteFile, '--with-parent'],
      ...['--memory', join(site.state_dir, 'simulated-readers.json')],
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  );
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (line: Buffer) => {
      const { code } = JSON.parse(line.toString()) as { code?: ErrorCode };
      if (code === undefined) resolve(child);
      else reject(notStarted(code));
    });
    child.once('exit', () => reject(notStarted('internal')));
  });
}

/** It has said why, on the same terminal. */
const notStarted = (code: ErrorCode) => new AppError(code, 'the simulated devices did not start');

async function settle(site: Site, io: CommandIo): Promise<DemoAccess> {
  await pairNewReaders(site, io);
  return demoAccess(site);
}

/** New readers are given their keys, one after the other, as an installer does. Keys and readers both outlive the demo. */
async function pairNewReaders(site: Site, io: CommandIo): Promise<void> {
  const doors = doorClient(doorSocketPath(site.api.socket));
  for (const { name, security } of await doors.readers()) {
    if (security !== 'not_paired') continue;
    await doors.pair(name, 1, 'demo');
    const reader = await paired(doors, name);
    const told = reader?.security === 'paired' ? 'is new, and paired now' : 'is new, and could not be paired';
    io.out(`Reader ${name} ${told}.\n`);
  }
}

async function demoAccess(site: Site): Promise<DemoAccess> {
  const kept = join(site.state_dir, 'demo-access.json');
  const known = await readFile(kept, 'utf8').catch(() => null);
  if (known !== null) return JSON.parse(known) as DemoAccess;
  const access = await makeDemoPeople(site, adminClient(site.api.socket));
  await writeFile(kept, JSON.stringify(access), { mode: 0o600 });
  return access;
}

async function makeDemoPeople(site: Site, admin: AdminClient): Promise<DemoAccess> {
  const left = await admin.get<{ items: { id: string }[] }>('/v1/users', { external_id: demoUser });
  for (const { id } of left.items) await admin.delete(`/v1/users/${id}`);
  const ada = { first_name: 'Ada', last_name: 'Lovelace', external_id: demoUser };
  const user = await admin.post<{ id: string }>('/v1/users', ada);
  const pin = sixDigits();
  const user_id = user.id;
  await admin.post('/v1/credentials', { user_id, kind: 'pin', value: pin });
  await admin.post('/v1/credentials', { user_id, kind: 'card', value: demoCard });
  for (const { id } of site.doors) await admin.post('/v1/access', { user_id, target: { door_id: id } });
  for (const { name } of site.panel?.partitions ?? []) {
    await admin.post('/v1/access', { user_id, target: { partition: name } });
  }
  const key = await admin.post<{ token: string }>('/v1/keys', { name: 'demo', scopes });
  return { api_key: key.token, user_id, pin };
}

function notYet({ log }: Site): string {
  const where = log.file === null ? '' : `, and the log ${log.file}`;
  return `Not ready yet. What it waits for: npx postern status --config config/demo.toml${where}\n`;
}

function greeting(site: Site, listening: string, { api_key, user_id, pin }: DemoAccess): string {
  const [front] = site.doors;
  const secured = site.readers.find(({ secure }) => secure);
  const [partition] = site.panel?.partitions ?? [];
  const [store] = site.code_locks;
  return `
Postern runs "${site.name}": ${site.doors.map(({ title }) => title).join(', ')}; all devices are simulated, the bytes are real.

  API       ${listening}   (its description: ${listening}/openapi.json)
  API key   ${api_key}
  Ada       card ${demoCard}, PIN ${pin}

Try, in another terminal:

  npx postern sim card ${front?.name} ${demoCard}        Ada shows her card: the lock is released
  npx postern events --follow --config config/demo.toml
  curl -H "Authorization: Bearer ${api_key}" ${listening}/v1/doors

The reader of the front door has a secure channel, the other none. Take its key from it, and pair it again:

  npx postern sim reset ${secured?.name}
  npx postern reader list --config config/demo.toml
  npx postern reader pair ${secured?.name} --wait --config config/demo.toml

Her PIN is in two devices that keep codes of their own, the panel and the lock of the store:

  npx postern slots --config config/demo.toml
  npx postern sim code ${store?.name} ${pin}            opens it
  npx postern sim panel arm ${partition?.name}              now a new PIN waits at the panel, and is there when it is disarmed:
  curl -H "Authorization: Bearer ${api_key}" -H "content-type: application/json" ${listening}/v1/credentials \\
    -d '{"user_id": "${user_id}", "kind": "pin", "value": "246810"}'
  npx postern confirmations --config config/demo.toml
  npx postern sim panel disarm ${partition?.name}

Ctrl-C stops.
`;
}
