import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Connection, ConnectionEvents } from './reconnecting-line.ts';

/** How a socket becomes the connection of a line. */
export interface SocketRules {
  /** Where it goes to, in messages. */
  place: string;
  /** With this event it can be used. */
  ready: 'connect' | 'secureConnect';
  /** A device that has not answered by then is not there. */
  patienceMs: number;
  /** What to look at when it has not. */
  silent: string;
  /** Looks at the connection before a byte leaves: why it may not be used; null: it may. */
  judge?(): string | null;
  /** What an error means; `opened`: it had been usable before. */
  explain(error: NodeJS.ErrnoException, opened: boolean): string;
  /** What it means when the device hangs up before it could be used. */
  refused?: string;
}

/** Bytes a stuck device may leave unsent before the connection counts as lost. */
const unsentBound = 65_536;

/** A connection over a socket that is being opened. */
export function socketConnection(
  socket: Socket,
  rules: SocketRules,
  events: ConnectionEvents,
  clock: Pick<Clock, 'after'>,
): Connection {
  let fault: string | null = null;
  let opened = false;
  const fail = (reason: string): void => {
    fault ??= reason;
    socket.destroy();
  };
  const patience = clock.after(rules.patienceMs, () => fail(rules.silent));
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      patience();
      resolve();
      const hungUp = `${rules.place} closed the connection`;
      events.ended(fault ?? (opened ? hungUp : (rules.refused ?? hungUp)));
    });
  });
  socket.on(rules.ready, () => {
    patience();
    const why = rules.judge?.() ?? null;
    if (why !== null) {
      fail(why);
      return;
    }
    opened = true;
    events.opened();
  });
  socket.on('data', (bytes) => {
    if (opened) events.data(bytes);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    fault ??= rules.explain(error, opened);
  });
  return {
    write(bytes) {
      if (socket.destroyed || !socket.writable) return false;
      if (socket.writableLength > unsentBound) {
        fail(`${rules.place} takes no bytes`);
        return false;
      }
      socket.write(bytes);
      return true;
    },
    close() {
      socket.destroy();
      return closed;
    },
  };
}

/** Why an address cannot be reached, with what to look at; null: it is something else. */
export function explainAddress(place: string, error: NodeJS.ErrnoException): string | null {
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${place} is not a name that can be resolved: write its address, or check the name server`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${place} cannot be reached: check the network cable and the address`;
    default:
      return null;
  }
}
