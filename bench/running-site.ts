import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdminClient, adminClient } from '../src/cli/admin-client.ts';
import { scopes } from '../src/schema/record.ts';
import { until } from '../test/system/deadline.ts';
import { freePorts, openControl, type WireEvent } from '../test/system/rig.ts';
import { type PortName, portNames, siteText } from './site-text.ts';

/** What runs the site: the built daemon, or both its halves in one event loop. */
export type Build = 'daemon' | 'one loop';

/** A daemon and the built simulator, at work on a site of two doors in a directory of their own. */
export interface RunningSite {
  readonly directory: string;
  readonly admin: AdminClient;
  /** TCP port of the API, and a token with all scopes. */
  readonly api: number;
  readonly token: string;
  readonly doorIds: readonly string[];
  /** How the daemon reaches the simulator. */
  readonly wires: 'ptys' | 'TCP (socat is not installed)';
  /** Of the door process; the admin process, if there is one of its own, is its only child. */
  readonly pid: number;
  present(reader: string, card: string): void;
  /** One listener; null for none. */
  watch(listener: ((event: WireEvent) => void) | null): void;
  /**
   * Ends the daemon with SIGTERM and starts one again. Resolves at once with the instant of the start, and with that of
   * a line in the log to come (`performance.now()`).
   */
  restart(line: string): Promise<{ begun: number; said: Promise<number> }>;
  /** Resolves when the daemon serves its doors by the newest table. */
  served(): Promise<void>;
  close(): Promise<void>;
}

const entries: Record<Build, string[]> = {
  daemon: [join(import.meta.dirname, '..', 'dist', 'main.js')],
  'one loop': ['--import', 'tsx', join(import.meta.dirname, 'one-loop.ts')],
};
const simulator = join(import.meta.dirname, '..', 'dist', 'sim-main.js');

export async function runSite(build: Build = 'daemon'): Promise<RunningSite> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const [readers = 0, locks = 0, api = 0] = await freePorts(3);
  const ports = { readers, locks };
  const overTcp = siteText(api, (name) => `kind = "tcp"\nhost = "127.0.0.1"\nport = ${ports[name]}`);
  const simulated = join(directory, 'simulated.toml');
  writeFileSync(simulated, overTcp);
  const sim = spawn(
    process.execPath,
    [simulator, '--site', simulated, '--control', '127.0.0.1:0', '--with-parent'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = (await once(sim.stdout, 'data')) as [Buffer];
  const { control } = JSON.parse(line.toString()) as { control: number };
  const watcher = await openControl(control);
  const actor = await openControl(control);
  let listener: ((event: WireEvent) => void) | null = null;
  await watcher.ask({ do: 'watch' }, (event) => listener?.(event as unknown as WireEvent));

  const path = (name: PortName) => join(directory, name);
  const withPtys = spawnSync('socat', ['-V']).error === undefined;
  const ptys = withPtys ? portNames.map((name) => pty(path(name), ports[name])) : [];
  if (withPtys)
    await until('socat makes two devices', () => portNames.every((name) => existsSync(path(name))));
  const config = join(directory, 'site.toml');
  writeFileSync(
    config,
    withPtys ? siteText(api, (name) => `kind = "serial"\npath = "${path(name)}"`) : overTcp,
  );

  const admin = adminClient(join(directory, 'admin.sock'));
  let output = '';
  let child: ChildProcess;
  const start = (): void => {
    child = spawn(process.execPath, [...entries[build], '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text) => {
        output = (output + String(text)).slice(-10_000);
      });
  };
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (ended()) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const atWork = async (): Promise<boolean> => {
    if (ended()) throw new Error(`the daemon has ended:\n${output}`);
    const { doors, doors_in_sync } = await admin.get<{
      doors: { readers: { online: boolean }[]; locks: { online: boolean }[] } | null;
      doors_in_sync: boolean;
    }>('/v1/system');
    return (
      doors_in_sync && doors !== null && [...doors.readers, ...doors.locks].every(({ online }) => online)
    );
  };

  const served = async (): Promise<void> => {
    await until('the daemon serves its doors', atWork, 60_000);
  };

  start();
  await served();
  const doors = await admin.get<{ items: { id: string }[] }>('/v1/doors');
  const { token } = await admin.post<{ token: string }>('/v1/keys', { name: 'bench', scopes });
  return {
    directory,
    admin,
    api,
    token,
    doorIds: doors.items.map(({ id }) => id),
    wires: withPtys ? 'ptys' : 'TCP (socat is not installed)',
    get pid() {
      return child.pid ?? 0;
    },
    present: (reader, card) => void actor.ask({ do: 'card', reader, card }),
    watch(next) {
      listener = next;
    },
    async restart(line) {
      await stop();
      output = '';
      const begun = performance.now();
      start();
      const said = until(`the log says: ${line}`, () => output.includes(line) && performance.now(), 60_000);
      return { begun, said };
    },
    served,
    async close() {
      watcher.close();
      actor.close();
      await stop();
      sim.stdin.end();
      await once(sim, 'exit');
      for (const joint of ptys) joint.kill();
      rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** A serial device at `path` whose other end is a TCP port of the simulator. */
const pty = (path: string, port: number): ChildProcess =>
  spawn('socat', [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${port},nodelay`], { stdio: 'ignore' });
