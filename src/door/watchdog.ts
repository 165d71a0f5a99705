import { spawn } from 'node:child_process';
import type { Clock } from '../core/clock.ts';

/** What systemd hears of this process (sd_notify(3)). Without `NOTIFY_SOCKET` all of it does nothing. */
export interface Watchdog {
  /** Doors work. From now on the watchdog is fed. */
  ready(status: string): void;
  stopping(): void;
}

/**
 * Node has no Unix datagram sockets, so each message is one run of the `systemd-notify` program. At a third of WatchdogSec, a matter
 * of many seconds, that costs less than a helper that has to be kept alive itself, and one run that could not be started does not end
 * the doors. The unit needs `NotifyAccess=all`, since the sender is a child of ours.
 * @param options.notify runs `systemd-notify` with these arguments; must not throw
 * @param options.progress whether the door process has got on since it was last asked
 */
export function watchdog(options: {
  env: NodeJS.ProcessEnv;
  clock: Clock;
  notify(args: readonly string[]): void;
  progress(): boolean;
}): Watchdog {
  const { env, clock, notify } = options;
  const { NOTIFY_SOCKET, WATCHDOG_USEC } = env as { NOTIFY_SOCKET?: string; WATCHDOG_USEC?: string };
  const beatMs = Number(WATCHDOG_USEC ?? 0) / 1_000 / 3;
  let stopped = false;

  function feed(): void {
    if (stopped) return;
    if (options.progress()) notify(['WATCHDOG=1']);
    clock.after(beatMs, feed);
  }

  return {
    ready(status) {
      if (NOTIFY_SOCKET === undefined) return;
      notify(['--ready', `--status=${status}`]);
      if (beatMs > 0) clock.after(beatMs, feed);
    },
    stopping() {
      stopped = true;
      if (NOTIFY_SOCKET !== undefined) notify(['STOPPING=1']);
    },
  };
}

/** Runs `systemd-notify`; a host without it has no systemd to tell. Never throws. */
export function systemdNotify(args: readonly string[], start: typeof spawn = spawn): void {
  try {
    start('systemd-notify', args, { stdio: 'ignore' }).on('error', () => {});
  } catch {
    // Without memory for a process spawn throws, where it tells all else later.
  }
}
