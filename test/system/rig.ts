import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdminClient, adminClient } from '../../src/cli/admin-client.ts';
import { until } from './deadline.ts';
import { type Tap, tap } from './tap.ts';

const dist = join(import.meta.dirname, '..', '..', 'dist');

export interface FeedItem {
  seq: number;
  type: string;
  resource: string;
  time: string;
  data: Record<string, unknown>;
}

/** What the simulator tells of the wires, with its own monotonic clock in microseconds. */
export interface WireEvent {
  event: string;
  at_us: number;
  reader?: string;
  lock?: string;
  state?: string;
}

/** The built daemon and the built simulator on a site of their own, over TCP. */
export interface Rig {
  readonly directory: string;
  readonly admin: AdminClient;
  readonly api: string;
  /** All that happened on the wires so far. */
  readonly wires: WireEvent[];
  /** Asks the simulator to do something; fails with its answer when it refuses. */
  act(request: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Starts the daemon and waits until its API and its doors are there. */
  start(): Promise<void>;
  readonly daemon: ChildProcess;
  /** Everything the daemon has written to standard error and output. */
  output(): string;
  /** Waits for the daemon to end. */
  ended(): Promise<{ code: number | null; signal: string | null }>;
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
  adminPid(): number;
  /** All bytes the daemon has sent to the devices of a port; the rig must be `tapped`. */
  sent(port: 'locks' | 'panel'): Buffer;
  /** All feed entries from the beginning. */
  feed(): Promise<FeedItem[]>;
  /** A user with access to all doors and these credentials; resolves with its id when the doors go by it. */
  person(
    name: string,
    credentials: { kind: string; value: string; [more: string]: unknown }[],
  ): Promise<string>;
  close(): Promise<void>;
}

export interface RigOptions {
  /** Another site than the two doors of `site.toml`, made of its text; `PANEL_PORT` is the port of a panel with a line of its own. */
  adapt?: (text: string) => string;
  /** Master code of such a panel, in the file `master-code`. */
  masterCode?: string;
  /** File in which the simulated readers keep their keys. */
  readerMemory?: string;
  /** Listens on the wires of locks and panel. */
  tapped?: boolean;
  /** What the daemon has in its environment beside what the test has. */
  environment?: (directory: string) => NodeJS.ProcessEnv;
}

/** The files of a site: what the simulator serves, and where the daemon looks for it. */
async function siteFiles(
  directory: string,
  { adapt = (text) => text, masterCode, tapped = false }: RigOptions,
): Promise<{ api: number; config: string; simulated: string; taps: Map<string, Tap> }> {
  const [readers = 0, locks = 0, panel = 0, api = 0] = await freePorts(4);
  const taps = new Map<string, Tap>();
  if (tapped) for (const [name, port] of Object.entries({ locks, panel })) taps.set(name, await tap(port));
  const plain = adapt(readFileSync(join(import.meta.dirname, 'site.toml'), 'utf8'));
  const write = (name: string, locksAt: number, panelAt: number): string => {
    const text = plain
      .replace('READERS_PORT', String(readers))
      .replace('LOCKS_PORT', String(locksAt))
      .replace('PANEL_PORT', String(panelAt))
      .replace('API_PORT', String(api));
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  if (masterCode !== undefined) writeFileSync(join(directory, 'master-code'), masterCode, { mode: 0o600 });
  const config = write('site.toml', taps.get('locks')?.port ?? locks, taps.get('panel')?.port ?? panel);
  return { api, config, simulated: tapped ? write('devices.toml', locks, panel) : config, taps };
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-'));
  const { api, config, simulated, taps } = await siteFiles(directory, options);
  const environment = options.environment?.(directory) ?? {};

  const simulator = spawn(
    process.execPath,
    [
      join(dist, 'sim-main.js'),
      ...['--site', simulated, '--control', '127.0.0.1:0', '--with-parent'],
      ...(options.readerMemory === undefined ? [] : ['--memory', options.readerMemory]),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = (await once(simulator.stdout, 'data')) as [Buffer];
  const { control } = JSON.parse(line.toString()) as { control: number };
  const wires: WireEvent[] = [];
  const watcher = await openControl(control);
  await watcher.ask({ do: 'watch' }, (event) => wires.push(event as unknown as WireEvent));
  const actor = await openControl(control);

  const admin = adminClient(join(directory, 'admin.sock'));
  let daemon: ChildProcess | null = null;
  let output = '';
  let end: Promise<{ code: number | null; signal: string | null }> = Promise.resolve({
    code: null,
    signal: null,
  });
  const running = (): ChildProcess => {
    if (daemon === null) throw new Error('the daemon was never started');
    return daemon;
  };

  return {
    directory,
    admin,
    api: `http://127.0.0.1:${api}`,
    wires,
    get daemon() {
      return running();
    },
    output: () => output,
    async act(request) {
      const answer = await actor.ask(request);
      if (answer['ok'] !== true) throw new Error(String(answer['error']));
      return answer;
    },
    async start() {
      const child = spawn(process.execPath, [join(dist, 'main.js'), '--config', config], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment },
      });
      daemon = child;
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text) => (output += String(text)));
      end = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
      await until('the daemon serves its doors', async () => {
        if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}:\n${output}`);
        const { doors, doors_in_sync } = await admin.get<{
          doors: { readers: { online: boolean; security: string }[]; locks: { online: boolean }[] } | null;
          doors_in_sync: boolean;
        }>('/v1/system');
        if (!doors_in_sync || doors === null) return false;
        // A reader that is to be paired by the test stays out until then.
        const readers = doors.readers.filter(({ security }) => security !== 'not_paired');
        return [...readers, ...doors.locks].every(({ online }) => online);
      }).catch((cause: unknown) => {
        throw new Error(
          `${cause instanceof Error ? cause.message : cause}\nit said:\n${output.slice(-2_000)}`,
        );
      });
    },
    ended: () => end,
    async stop(signal = 'SIGTERM') {
      running().kill(signal);
      return end;
    },
    adminPid: () => childOf(running().pid ?? 0),
    sent(port) {
      const found = taps.get(port);
      if (found === undefined) throw new Error('nobody listens on this wire');
      return found.heard();
    },
    async feed() {
      const items: FeedItem[] = [];
      let after: string | undefined;
      for (;;) {
        const page = await admin.get<{ items: FeedItem[]; cursor: string; more: boolean }>('/v1/feed', {
          after,
          limit: 500,
        });
        items.push(...page.items);
        after = page.cursor;
        if (!page.more) return items;
      }
    },
    async person(last_name, credentials) {
      const { id: user_id } = await admin.post<{ id: string }>('/v1/users', {
        first_name: 'Test',
        last_name,
      });
      const doors = await admin.get<{ items: { id: string }[] }>('/v1/doors');
      for (const { id } of doors.items) await admin.post('/v1/access', { user_id, target: { door_id: id } });
      for (const credential of credentials) await admin.post('/v1/credentials', { user_id, ...credential });
      await until('the doors know the new person', async () => {
        const { doors_in_sync } = await admin.get<{ doors_in_sync: boolean }>('/v1/system');
        return doors_in_sync;
      });
      return user_id;
    },
    async close() {
      if (daemon !== null && daemon.exitCode === null && daemon.signalCode === null) {
        const left = childrenOf(daemon.pid ?? 0);
        daemon.kill('SIGKILL');
        await end;
        // On a busy machine its second in which to end by itself may be long, and it writes to what is removed below.
        for (const pid of left) endNow(pid);
      }
      watcher.close();
      actor.close();
      simulator.stdin.end();
      if (simulator.exitCode === null) await once(simulator, 'exit');
      for (const each of taps.values()) each.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** The children of a process, as the kernel tells them. */
function childrenOf(pid: number): number[] {
  const told = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return told === '' ? [] : told.split(' ').map(Number);
}

/** The one child of a process. */
function childOf(pid: number): number {
  const [child] = childrenOf(pid);
  if (child === undefined) throw new Error(`process ${pid} has no child`);
  return child;
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

export interface Control {
  ask(
    request: Record<string, unknown>,
    watch?: (event: Record<string, unknown>) => void,
  ): Promise<Record<string, unknown>>;
  close(): void;
}

/** A connection to the simulator on which one can act and watch. */
export async function openControl(port: number): Promise<Control> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const waiting: ((answer: Record<string, unknown>) => void)[] = [];
  let watcher: ((event: Record<string, unknown>) => void) | null = null;
  let held = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const lines = (held + String(chunk)).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) {
      const told = JSON.parse(line) as Record<string, unknown>;
      if ('ok' in told) waiting.shift()?.(told);
      else watcher?.(told);
    }
  });
  return {
    ask(request, watch) {
      if (watch !== undefined) watcher = watch;
      return new Promise((resolve) => {
        waiting.push(resolve);
        socket.write(`${JSON.stringify(request)}\n`);
      });
    },
    close: () => socket.destroy(),
  };
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return servers.map((server) => {
    const address = server.address();
    server.close();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
}
