/**
 * One message of the Elk M1 ASCII protocol (vendor protocol 1.84, sheet 2.1): `NN` `TS` data `CC` CR LF. Bytes are characters (latin-1):
 * a name may have bit 7 of its first one set.
 */
export interface Frame {
  /** Type and subtype: lower case to the panel, upper case from it. */
  kind: string;
  /** Everything between kind and checksum, the reserved `00` included. */
  data: Uint8Array;
}

/** What the bytes at hand begin with. `skip`: drop `count` bytes and look again. `size` counts the line's end too. */
export type Parsed =
  | { type: 'frame'; frame: Frame; size: number }
  | { type: 'need_more' }
  | { type: 'skip'; count: number; why: 'not_a_start' | 'bad_length' | 'bad_check' };

/** Finds frames in a stream of bytes, however it is cut. Holds at most one frame's length of them. */
export interface FrameScanner {
  /** Takes bytes and gives the frames they complete. */
  push(bytes: Uint8Array): Frame[];
  /** Forgets what it holds. */
  clear(): void;
}

const cr = 0x0d;
const lf = 0x0a;
/** Length, the most it can count, CR and LF. Nothing is looked for further on: a flood of noise must not cost its square. */
const longest = 2 + 0xff + 2;
/** Length, kind, checksum. */
const shortest = 6;

/** The bytes of a frame, CR LF included. Data of at most 251 characters. */
export function encodeFrame({ kind, data }: Frame): Uint8Array {
  const wire = new Uint8Array(shortest + data.length + 2);
  wire.set(characters(hexPair(data.length + 4) + kind));
  wire.set(data, 4);
  const check = wire.length - 4;
  wire.set(characters(hexPair(-sum(wire.subarray(0, check)) & 0xff)), check);
  wire.set([cr, lf], check + 2);
  return wire;
}

/**
 * Looks at the front of what was received. A line may end in LF alone. What is no frame costs one byte, because a good frame may follow
 * garbage on the same line.
 */
export function parseFrame(bytes: Uint8Array): Parsed {
  const end = bytes.subarray(0, longest).indexOf(lf);
  const length = hexAt(bytes, 0);
  if (length === null && (bytes.length > 1 || !isHexStart(bytes))) {
    return bytes.length === 0 ? { type: 'need_more' } : { type: 'skip', count: 1, why: 'not_a_start' };
  }
  if (end < 0) {
    if (bytes.length >= longest) return { type: 'skip', count: 1, why: 'bad_length' };
    return { type: 'need_more' };
  }
  const line = bytes.subarray(0, bytes[end - 1] === cr ? end - 1 : end);
  if (line.length < shortest || length !== line.length - 2) {
    return { type: 'skip', count: 1, why: 'bad_length' };
  }
  const body = line.subarray(0, -2);
  const check = hexAt(line, body.length);
  const kind = text(line.subarray(2, 4));
  if (check === null || ((sum(body) + check) & 0xff) !== 0 || !/^[A-Za-z][A-Za-z0-9:]$/.test(kind)) {
    return { type: 'skip', count: 1, why: 'bad_check' };
  }
  return { type: 'frame', size: end + 1, frame: { kind, data: body.slice(4) } };
}

/** Makes a scanner. */
export function frameScanner(): FrameScanner {
  let held: Uint8Array = new Uint8Array(0);
  return {
    push(bytes) {
      held = Uint8Array.from([...held, ...bytes]);
      const frames: Frame[] = [];
      for (;;) {
        const parsed = parseFrame(held);
        if (parsed.type === 'need_more') {
          // A copy, so that what is done with is let go.
          held = held.slice();
          return frames;
        }
        if (parsed.type === 'frame') frames.push(parsed.frame);
        held = held.subarray(parsed.type === 'frame' ? parsed.size : parsed.count);
      }
    },
    clear() {
      held = new Uint8Array(0);
    },
  };
}

/** Bytes as latin-1 text. */
export function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Latin-1 text as bytes. */
export function characters(line: string): Uint8Array {
  return Uint8Array.from(line, (character) => character.charCodeAt(0));
}

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0);
const hexPair = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
const isHexStart = (bytes: Uint8Array): boolean => /^[0-9A-F]?$/.test(text(bytes.subarray(0, 1)));

/** Two upper-case hex digits; null for anything else. */
function hexAt(bytes: Uint8Array, at: number): number | null {
  const pair = text(bytes.subarray(at, at + 2));
  return /^[0-9A-F]{2}$/.test(pair) ? Number.parseInt(pair, 16) : null;
}
