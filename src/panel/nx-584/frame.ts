/** One message of an NX-584 or NX-8E (protocol document of 3 April 2000), its sums verified. */
export interface Frame {
  /** Message number, 00h to 3Fh (bits 0 to 5 of the type byte; bit 6 is reserved and ignored). */
  number: number;
  /** Whoever sent it wants an answer, and repeats it until there is one (bit 7). */
  ack: boolean;
  data: Uint8Array;
}

/** Which of its two framings the panel is set to. */
export type Wire = 'ascii' | 'binary';

/** What the bytes at hand begin with. `skip`: drop `count` bytes and look again. */
export type Parsed =
  | { type: 'frame'; frame: Frame; size: number }
  | { type: 'need_more' }
  | { type: 'skip'; count: number; why: 'not_a_start' | 'bad_byte' | 'bad_sum' };

const startOf = { ascii: 0x0a, binary: 0x7e } as const;
const asciiEnd = 0x0d;
const stuffing = 0x7d;
/** Turned over in a stuffed byte: 7Eh is sent as 7Dh 5Eh, 7Dh as 7Dh 5Dh. */
const stuffedBit = 0x20;
/** Length byte and two sums around type and data. */
const overhead = 3;

/** The bytes of a message as they go on the wire. At most 254 bytes of data. */
export function encodeFrame(frame: Frame, wire: Wire): Uint8Array {
  const body = [1 + frame.data.length, frame.number | (frame.ack ? 0x80 : 0), ...frame.data];
  const bytes = [...body, ...fletcher16(body)];
  switch (wire) {
    case 'ascii': {
      const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
      return Uint8Array.from([startOf.ascii, ...Array.from(hex, (c) => c.charCodeAt(0)), asciiEnd]);
    }
    case 'binary':
      return Uint8Array.from([
        startOf.binary,
        ...bytes.flatMap((byte) =>
          byte === startOf.binary || byte === stuffing ? [stuffing, byte ^ stuffedBit] : [byte],
        ),
      ]);
  }
}

/**
 * Looks at the front of what was received. A start byte always begins a new frame, and in both framings it can stand nowhere else:
 * noise is skipped up to the next one, and a frame that proves bad costs its start byte only.
 */
export function parseFrame(bytes: Uint8Array, wire: Wire): Parsed {
  if (bytes.length === 0) return { type: 'need_more' };
  const at = bytes.indexOf(startOf[wire]);
  if (at !== 0) return { type: 'skip', count: at < 0 ? bytes.length : at, why: 'not_a_start' };
  const read = wire === 'ascii' ? readHex : readStuffed;
  let next = 1;
  const message: number[] = [];
  do {
    const byte = read(bytes, next);
    if (byte === 'need_more') return { type: 'need_more' };
    if (byte === 'bad') return { type: 'skip', count: 1, why: 'bad_byte' };
    message.push(byte.value);
    next += byte.size;
  } while (message.length < (message[0] ?? 0) + overhead);
  if (wire === 'ascii') {
    if (next === bytes.length) return { type: 'need_more' };
    if (bytes[next] !== asciiEnd) return { type: 'skip', count: 1, why: 'bad_byte' };
    next += 1;
  }
  const type = message[1];
  const [sum1, sum2] = fletcher16(message.slice(0, -2));
  if (message[0] === 0 || type === undefined || message.at(-2) !== sum1 || message.at(-1) !== sum2) {
    return { type: 'skip', count: 1, why: 'bad_sum' };
  }
  const data = Uint8Array.from(message.slice(2, -2));
  return { type: 'frame', frame: { number: type & 0x3f, ack: (type & 0x80) !== 0, data }, size: next };
}

/** Fletcher-16 over length, type and data, unstuffed; the first sum is sent first. */
export function fletcher16(bytes: Iterable<number>): [number, number] {
  let sum1 = 0;
  let sum2 = 0;
  for (const byte of bytes) {
    sum1 = (sum1 + byte) % 255;
    sum2 = (sum2 + sum1) % 255;
  }
  return [sum1, sum2];
}

type ReadByte = { value: number; size: number } | 'need_more' | 'bad';

/** Two characters 0-9 A-F; lower case voids the frame. */
function readHex(bytes: Uint8Array, at: number): ReadByte {
  let value = 0;
  for (const c of [bytes[at], bytes[at + 1]]) {
    if (c === undefined) return 'need_more';
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : c >= 0x41 && c <= 0x46 ? c - 0x37 : null;
    if (digit === null) return 'bad';
    value = value * 16 + digit;
  }
  return { value, size: 2 };
}

function readStuffed(bytes: Uint8Array, at: number): ReadByte {
  const first = bytes[at];
  if (first === undefined) return 'need_more';
  if (first === startOf.binary) return 'bad';
  if (first !== stuffing) return { value: first, size: 1 };
  const second = bytes[at + 1];
  if (second === undefined) return 'need_more';
  const value = second ^ stuffedBit;
  return value === startOf.binary || value === stuffing ? { value, size: 2 } : 'bad';
}
