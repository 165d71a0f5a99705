import type { Cancel, Clock } from '../core/clock.ts';
import type { Link } from '../link/link.ts';
import type { FromAdmin, FromDoor } from '../link/message.ts';
import type { Carrier } from '../link/window.ts';
import { linkOver } from '../link/window.ts';
import type { AdminNews } from './admin-news.ts';
import { type AdminRecord, soundAfterMs } from './admin-record.ts';
import type { LinkSession, LinkSessionOwner } from './link-session.ts';

/** A running admin process. */
export interface AdminProcess {
  readonly carrier: Carrier;
  /** Called once when it has ended, with how, and with what it said at last (no secret in it). */
  onExit(ended: (how: string, lastWords: readonly string[]) => void): void;
  /** Ends it at once, even when it hangs or is stopped (SIGKILL). */
  kill(): void;
}

export interface SupervisorParts {
  clock: Clock;
  /** Starts an admin process. May throw: then it is tried again. */
  spawn(): AdminProcess;
  /** Begins to speak to a new one. */
  converse(link: Link<FromDoor, FromAdmin>, owner: LinkSessionOwner): LinkSession;
  /** How it fares, kept here and read by whoever tells of it. */
  record: AdminRecord;
  news(news: AdminNews): void;
  ready(listening: string): void;
}

/** Keeps an admin process alive. Whatever becomes of it is never a reason to touch the doors. */
export interface Supervisor {
  /** Ends the admin process: it is let go, and killed when it has not ended after 2 s. */
  stop(): Promise<void>;
}

/** How long one whose Link is lost may take to end by itself. */
const partingMs = 2_000;

export function superviseAdmin(parts: SupervisorParts): Supervisor {
  const { clock, record } = parts;
  let current: { process: AdminProcess; session: LinkSession } | null = null;
  let timer: Cancel = () => {};
  let stopped: (() => void) | null = null;

  function start(): void {
    record.starting();
    let why: string | null = null;
    let parting: Cancel = () => {};
    let proving: Cancel = () => {};
    let process: AdminProcess;
    try {
      process = parts.spawn();
    } catch (error) {
      again(`could not be started: ${error instanceof Error ? error.message : String(error)}`, []);
      return;
    }
    const kill = (reason: string): void => {
      why ??= reason;
      process.kill();
    };
    process.onExit((how, lastWords) => {
      parting();
      proving();
      current?.session.close();
      current = null;
      if (stopped !== null) {
        stopped();
        return;
      }
      again(why ?? how, lastWords);
    });
    const session = parts.converse(linkOver(process.carrier), {
      ready(listening, database) {
        record.atWork(database);
        proving = clock.after(soundAfterMs, proved);
        parts.ready(listening);
      },
      hung: kill,
      down(reason) {
        parting = clock.after(partingMs, () => kill(reason));
      },
    });
    current = { process, session };
  }

  function again(why: string, last_words: readonly string[]): void {
    const { waitMs, failing } = record.ended(why, last_words);
    const { restarts } = record.standing();
    if (failing === 'begins') parts.news({ what: 'failing', ended: { why, restarts, last_words } });
    timer = clock.after(waitMs, () => {
      const ended = { why, restarts: restarts + 1, last_words };
      parts.news({ what: 'restarted', failing: failing !== 'no', ended });
      start();
    });
  }

  function proved(): void {
    const failing_ms = record.sound();
    if (failing_ms === null) return;
    parts.news({ what: 'recovered', failing_ms, restarts: record.standing().restarts });
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
