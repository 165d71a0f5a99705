import type { Cancel, Clock } from '../core/clock.ts';
import type { Link } from '../link/link.ts';
import type { FromAdmin, FromDoor } from '../link/message.ts';
import type { Carrier } from '../link/window.ts';
import { linkOver } from '../link/window.ts';
import type { LinkSession, LinkSessionOwner } from './link-session.ts';

/** A running admin process. */
export interface AdminProcess {
  readonly carrier: Carrier;
  /** Called once when it has ended, with how. */
  onExit(ended: (how: string) => void): void;
  /** Ends it at once, even when it hangs or is stopped (SIGKILL). */
  kill(): void;
}

export interface SupervisorParts {
  clock: Clock;
  /** Starts an admin process. May throw: then it is tried again. */
  spawn(): AdminProcess;
  /** Begins to speak to a new one. */
  converse(link: Link<FromDoor, FromAdmin>, owner: LinkSessionOwner): LinkSession;
  /** A new one takes the place of one that ended: how that ended, and how many there have been. */
  restarted(why: string, restarts: number): void;
  ready(listening: string): void;
}

/** Keeps an admin process alive. Whatever becomes of it is never a reason to touch the doors. */
export interface Supervisor {
  /** Ends the admin process: it is let go, and killed when it has not ended after 2 s. */
  stop(): Promise<void>;
}

const firstWaitMs = 1_000;
const lastWaitMs = 30_000;
/** One that lived this long was well: the next wait is short again. */
const soundLifeMs = 60_000;
/** How long one whose Link is lost may take to end by itself. */
const partingMs = 2_000;

export function superviseAdmin(parts: SupervisorParts): Supervisor {
  const { clock } = parts;
  let current: { process: AdminProcess; session: LinkSession } | null = null;
  let waitMs = firstWaitMs;
  let restarts = 0;
  let timer: Cancel = () => {};
  let stopped: (() => void) | null = null;

  function start(): void {
    const born = clock.mono();
    let why: string | null = null;
    let parting: Cancel = () => {};
    let process: AdminProcess;
    try {
      process = parts.spawn();
    } catch (error) {
      again(`could not be started: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const kill = (reason: string): void => {
      why ??= reason;
      process.kill();
    };
    process.onExit((how) => {
      parting();
      current?.session.close();
      current = null;
      if (stopped !== null) {
        stopped();
        return;
      }
      if (clock.mono() - born >= soundLifeMs) waitMs = firstWaitMs;
      again(why ?? how);
    });
    const session = parts.converse(linkOver(process.carrier), {
      ready: parts.ready,
      hung: kill,
      down(reason) {
        parting = clock.after(partingMs, () => kill(reason));
      },
    });
    current = { process, session };
  }

  function again(why: string): void {
    timer = clock.after(waitMs, () => {
      restarts += 1;
      parts.restarted(why, restarts);
      start();
    });
    waitMs = Math.min(2 * waitMs, lastWaitMs);
  }

  start();
  return {
    stop() {
      timer();
      if (current === null) return Promise.resolve();
      const { process, session } = current;
      return new Promise((resolve) => {
        timer = clock.after(partingMs, () => process.kill());
        stopped = () => {
          timer();
          resolve();
        };
        session.close();
      });
    },
  };
}
