import { type Frame, maxFrameSize, parseFrame } from './frame.ts';

/** Finds frames in a stream of bytes, however it is cut. Holds at most one frame's length of them. */
export interface FrameScanner {
  /** Takes bytes and gives the frames they complete. */
  push(bytes: Uint8Array): Frame[];
  /** How long the frame is that has begun and is not complete, as it claims; 0 if it has not said; null: none has begun. */
  awaited(): number | null;
  /**
   * Nothing came for longer than a frame may pause: what has begun was a false start or is cut short. Gives the frames that were
   * hidden behind it, and holds nothing afterwards.
   */
  stalled(): Frame[];
  /** Forgets what it holds. */
  clear(): void;
  /** Whether a frame was found damaged since this was last asked. */
  takeDamage(): boolean;
}

/** Makes a scanner. */
export function frameScanner(): FrameScanner {
  let held: Uint8Array = new Uint8Array(0);
  let damaged = false;

  /** The next complete frame; null when more bytes are needed. */
  const next = (): Frame | null => {
    for (;;) {
      const parsed = parseFrame(held);
      switch (parsed.type) {
        case 'need_more':
          return null;
        case 'skip':
          damaged ||= parsed.why === 'bad_check';
          held = held.subarray(parsed.count);
          break;
        case 'frame':
          held = held.subarray(parsed.size);
          return parsed.frame;
      }
    }
  };
  const all = (): Frame[] => {
    const frames: Frame[] = [];
    for (let frame = next(); frame !== null; frame = next()) frames.push(frame);
    return frames;
  };

  return {
    push(bytes) {
      held = held.length === 0 ? bytes : joined(held, bytes);
      const frames = all();
      // A copy, because the line may use its buffer again.
      held = held.slice(0, maxFrameSize);
      return frames;
    },
    awaited() {
      const parsed = parseFrame(held);
      return held.length === 0 || parsed.type !== 'need_more' ? null : (parsed.size ?? 0);
    },
    stalled() {
      const frames: Frame[] = [];
      while (held.length > 0) {
        damaged = true;
        held = held.subarray(1);
        frames.push(...all());
      }
      return frames;
    },
    clear() {
      held = new Uint8Array(0);
    },
    takeDamage() {
      const was = damaged;
      damaged = false;
      return was;
    },
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
