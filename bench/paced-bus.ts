import type { Clock } from '../src/core/clock.ts';
import type { Line } from '../src/core/line.ts';
import { memoryLine } from '../test/support/memory-line.ts';
import { type VirtualClock, virtualClock } from '../test/support/virtual-clock.ts';

/** A half-duplex wire on the virtual clock on which bytes take their time. */
export interface PacedBus {
  clock: VirtualClock;
  /** For the driver: timers end on whole milliseconds, late rather than early, as those of the system clock do. */
  driverClock: Clock;
  line: Line;
  byteMs: number;
  /** Puts devices on the wire; they hear a frame when its last byte is there, and their answer takes turnaround and bytes. */
  attach(device: (send: (bytes: Uint8Array) => void) => (bytes: Uint8Array) => void): void;
  /** Every frame so far: when its first byte left, and how long it is. */
  readonly frames: { from: 'driver' | 'device'; at: number; bytes: Uint8Array }[];
}

/** @param bitsPerByte with start, parity and stop bits */
export function pacedBus(baud: number, bitsPerByte: number, turnaroundMs: number): PacedBus {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'paced', baud);
  const byteMs = (bitsPerByte * 1000) / baud;
  const frames: PacedBus['frames'] = [];
  return {
    clock,
    driverClock: { ...clock, after: (ms, fn) => clock.after(Math.ceil(ms), fn) },
    line,
    byteMs,
    attach(device) {
      const receive = device((bytes) => {
        frames.push({ from: 'device', at: clock.mono() + turnaroundMs, bytes });
        far.send(bytes, turnaroundMs + bytes.length * byteMs);
      });
      far.onData((bytes) => {
        frames.push({ from: 'driver', at: clock.mono(), bytes });
        clock.after(bytes.length * byteMs, () => receive(bytes));
      });
    },
    frames,
  };
}
