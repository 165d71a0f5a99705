import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { composeDoor } from './compose-door.ts';
import type { Clock } from './core/clock.ts';
import { AppError } from './core/error.ts';
import type { Site } from './core/site.ts';
import { type DoorSocket, doorSocketPath, openDoorSocket } from './door/door-socket.ts';
import { forkAdmin } from './door/fork-admin.ts';
import { lockInstance } from './door/instance-lock.ts';
import { diskJournalFiles } from './door/journal-file.ts';
import { type LocalParts, obeyLocally } from './door/local-order.ts';
import { doorProgress, silentReaders } from './door/progress.ts';
import { openSiteKeys } from './door/site-key.ts';
import { systemdNotify, watchdog } from './door/watchdog.ts';
import { lineFor } from './hal/line-for.ts';
import { systemClock } from './hal/system-clock.ts';
import { processLog } from './log-output.ts';
import { packageVersion } from './package-version.ts';
import { loadSite } from './site-file/load-site.ts';
import { formatProblem } from './site-file/problem.ts';

/** A site that can be run, and what its file might do better: one line each, with its place. */
export interface CheckedSite {
  site: Site;
  warnings: readonly string[];
}

/** Reads a site file or fails with `config_invalid` and every mistake in it, one a line. */
export async function siteOf(path: string): Promise<CheckedSite> {
  const loaded = await loadSite(path);
  if (loaded.ok) return { site: loaded.site, warnings: loaded.warnings.map(formatProblem) };
  throw new AppError(
    'config_invalid',
    `mistakes in the site file:\n${loaded.problems.map(formatProblem).join('\n')}`,
  );
}

/**
 * Runs the daemon of a site until SIGTERM or SIGINT. Resolves when all is closed. `ready` is called when doors are served and the API
 * listens for the first time.
 */
export async function runDaemon(
  { site, warnings }: CheckedSite,
  env: NodeJS.ProcessEnv,
  ready: (listening: string) => void,
): Promise<void> {
  const version = await packageVersion();
  const clock = systemClock();
  const keys = await openSiteKeys(site.key_file, site.state_dir, randomBytes);
  await mkdir(site.state_dir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new AppError(
      'state_dir_unusable',
      `${site.state_dir} cannot be made: let the user that runs postern write there, or change state_dir`,
      { cause },
    );
  });
  const lock = await lockInstance(site.state_dir);
  const log = processLog(site, 'door');
  log.info({ site: site.name, version, pid: process.pid }, 'starting');
  for (const warning of warnings) log.warn({ warning }, 'the site file can be used, but');

  let told = false;
  const door = await composeDoor({
    site,
    version,
    keys,
    clock,
    log,
    lineFor: (port) => lineFor(port, clock, Math.random),
    journalFiles: diskJournalFiles,
    spawnAdmin: () => forkAdmin((line) => log.warn({ line }, 'the admin process wrote to standard error')),
    ready(listening) {
      log.info({ listening }, 'admin process ready');
      if (told) return;
      told = true;
      ready(listening);
    },
  });
  const socket = await localSocket(
    { site, version, clock, doors: door.doors },
    doorSocketPath(site.api.socket),
    log,
  );
  const progress = doorProgress(door.doors.status, silentReaders(site));
  const systemd = watchdog({ env, clock, notify: systemdNotify, progress });
  systemd.ready(`${site.doors.length} doors of ${site.name}`);

  const signal = await stopSignal();
  log.info({ signal }, 'stopping');
  systemd.stopping();
  await socket?.close();
  await door.stop(signal);
  log.info('stopped');
  await new Promise((flushed) => log.flush(flushed));
  lock.release();
}

/** Where readers are paired, and the status is asked for, when the admin process is out of order. Doors open without it as ever. */
function localSocket(
  parts: LocalParts & { clock: Clock },
  path: string,
  log: Logger,
): Promise<DoorSocket | null> {
  const obey = (order: unknown): Promise<object> =>
    obeyLocally(order, parts).catch((error: unknown) => {
      log.error({ err: error }, 'a fault in the door process; doors go on');
      throw error;
    });
  return openDoorSocket(path, parts.clock, obey).catch((error: unknown) => {
    log.error(
      { err: error, path },
      'the socket of the door process cannot be opened; readers are paired over the API only',
    );
    return null;
  });
}

/** The first signal that asks us to stop. Further ones change nothing: stopping is bounded anyway. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
}
