/** What a line tells its owner. Calls come one at a time, never from inside a call to the line. */
export interface LineOwner {
  /** The line has (re)connected; nothing of an earlier connection is left in it. */
  up(): void;
  /** Bytes arrived, in any chunking. */
  data(bytes: Uint8Array): void;
  /** The line is lost; it goes on trying to reconnect by itself, for ever, with backoff. */
  down(reason: string): void;
}

/** A byte line to a bus or panel: a serial port or a TCP connection (an RS-485 gateway). */
export interface Line {
  readonly name: string;
  /** Bits on the wire per second: what a driver computes its deadlines with. A TCP gateway's line has the rate behind it. */
  readonly baud: number;
  /** Opens the line for its one owner. Called once. */
  open(owner: LineOwner): void;
  /** Sends bytes. False means the line is down and nothing was sent or kept. */
  write(bytes: Uint8Array): boolean;
  /**
   * Drops the connection and makes a new one, `restMs` later at the earliest: for an owner that has heard nothing for too long, or is not
   * welcome now.
   */
  reset(reason: string, restMs?: number): void;
  /** Closes for good. Resolves when the device is released. */
  close(): Promise<void>;
}
