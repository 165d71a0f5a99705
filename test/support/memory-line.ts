import type { Clock } from '../../src/core/clock.ts';
import type { Line, LineOwner } from '../../src/core/line.ts';

/** The far end of a memory line: where a simulated device sits. */
export interface FarEnd {
  /** Sends to the line's owner, `delayMs` later by the clock. */
  send(bytes: Uint8Array, delayMs?: number): void;
  /** Called with every write of the owner, in a later turn of the clock. */
  onData(taken: (bytes: Uint8Array) => void): void;
  unplug(reason?: string): void;
  plugIn(): void;
  /** All bytes the owner has written. */
  readonly written: Uint8Array[];
}

/** A line whose other end is in the test, on the test's clock. Plugged in from the start. */
export function memoryLine(clock: Clock, name = 'memory', baud = 115_200): { line: Line; far: FarEnd } {
  let owner: LineOwner | null = null;
  let plugged = true;
  let isUp = false;
  let connection = 0;
  let taken: ((bytes: Uint8Array) => void) | null = null;
  const written: Uint8Array[] = [];
  const up = () => {
    connection += 1;
    const mine = connection;
    clock.after(0, () => {
      if (!plugged || mine !== connection) return;
      isUp = true;
      owner?.up();
    });
  };
  const down = (reason: string) => {
    isUp = false;
    connection += 1;
    clock.after(0, () => owner?.down(reason));
  };
  return {
    line: {
      name,
      baud,
      open(newOwner) {
        owner = newOwner;
        if (plugged) up();
      },
      write(bytes) {
        if (!plugged || owner === null) return false;
        const copy = bytes.slice();
        written.push(copy);
        const mine = connection;
        clock.after(0, () => {
          if (mine === connection) taken?.(copy);
        });
        return true;
      },
      reset(reason, restMs = 0) {
        if (!plugged) return;
        down(reason);
        const mine = connection;
        // Where it is lost and back meanwhile, that was the new connection.
        clock.after(Math.max(1, restMs), () => {
          if (plugged && mine === connection) up();
        });
      },
      close: () => {
        plugged = false;
        isUp = false;
        connection += 1;
        owner = null;
        return Promise.resolve();
      },
    },
    far: {
      written,
      send(bytes, delayMs = 0) {
        const mine = connection;
        const copy = bytes.slice();
        clock.after(delayMs, () => {
          if (isUp && mine === connection) owner?.data(copy);
        });
      },
      onData(fn) {
        taken = fn;
      },
      unplug(reason = 'unplugged') {
        if (!plugged) return;
        plugged = false;
        down(reason);
      },
      plugIn() {
        if (plugged) return;
        plugged = true;
        up();
      },
    },
  };
}
