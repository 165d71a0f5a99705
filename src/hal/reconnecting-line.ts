import type { Cancel, Clock } from '../core/clock.ts';
import type { Line, LineOwner } from '../core/line.ts';

/** One connection. It ends once, by `ended` or by `close`, and is then never used again. */
export interface Connection {
  /** False: nothing was sent. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when the device or socket is released. May be called before `opened` and after `ended`. */
  close(): Promise<void>;
}

/** What a connection tells, in later turns of the event loop than the call that made it. */
export interface ConnectionEvents {
  opened(): void;
  data(bytes: Uint8Array): void;
  ended(reason: string): void;
}

export interface ReconnectingOptions {
  name: string;
  baud: number;
  clock: Clock;
  /** A number in [0, 1), so that the lines of many controllers do not come back in step. */
  random: () => number;
  connect(events: ConnectionEvents): Connection;
}

const firstRetryMs = 250;
const lastRetryMs = 10_000;

/**
 * Keeps a line connected: a new connection after every loss, 250 ms doubling to 10 s apart (each less up to a quarter of
 * it), starting over as soon as bytes arrive. `down` is told once for each loss, and again when the reason changes.
 */
export function reconnectingLine(options: ReconnectingOptions): Line {
  const { clock, random } = options;
  let owner: LineOwner | null = null;
  let connection: Connection | null = null;
  let isUp = false;
  let told: string | null = null;
  let delayMs = firstRetryMs;
  let retry: Cancel | null = null;
  let closed = false;
  let released: Promise<void> = Promise.resolve();

  function connect(): void {
    retry = null;
    const mine: Connection = options.connect({
      opened() {
        if (connection !== mine) return;
        isUp = true;
        told = null;
        owner?.up();
      },
      data(bytes) {
        if (connection !== mine || !isUp) return;
        delayMs = firstRetryMs;
        owner?.data(bytes);
      },
      ended(reason) {
        end(mine, reason);
      },
    });
    connection = mine;
  }

  /** The owner hears of it in a later turn: never from inside its own call. */
  function end(mine: Connection | null, reason: string, restMs = 0): void {
    if (mine === null || connection !== mine) return;
    isUp = false;
    clock.after(0, () => {
      if (connection === mine) lose(mine, reason, restMs);
    });
  }

  function lose(lost: Connection, reason: string, restMs: number): void {
    connection = null;
    released = lost.close();
    const wait = Math.max(restMs, delayMs * (1 - random() / 4));
    delayMs = Math.min(lastRetryMs, delayMs * 2);
    // The device must be free before it is opened anew.
    void released.then(() => {
      if (!closed) retry = clock.after(wait, connect);
    });
    if (told === reason) return;
    told = reason;
    owner?.down(reason);
  }

  return {
    name: options.name,
    baud: options.baud,
    open(newOwner) {
      owner = newOwner;
      connect();
    },
    write: (bytes) => (isUp && connection?.write(bytes)) ?? false,
    reset: (reason, restMs) => end(connection, reason, restMs),
    async close() {
      closed = true;
      owner = null;
      isUp = false;
      retry?.();
      const last = connection;
      connection = null;
      await (last?.close() ?? released);
    },
  };
}
