import { type Field, type Layout, layout, u8, u16be } from '../core/layout.ts';

/**
 * Modbus RTU frames as tables: unit, function, body, CRC-16 low byte first (Modbus Application Protocol 1.1b3,
 * section 6; Serial Line 1.02, section 2.5). Shared by the driver and the simulated board.
 */

/** A byte count and that many bytes; the last field of a body. */
const counted: Field<Uint8Array> = {
  size: null,
  read: (from, at) => from.slice(at + 1, at + 1 + (from[at] ?? 0)),
  write(into, at, value) {
    into[at] = value.length;
    into.set(value, at + 1);
  },
  measure: (value) => value.length + 1,
};

const range = layout({ address: u16be, count: u16be });
const single = layout({ address: u16be, value: u16be });
const several = layout({ address: u16be, count: u16be, values: counted });
const values = layout({ values: counted });
const exception = layout({ code: u8 });

/** Every function spoken here, with the layouts of its request and its reply. */
const functions = {
  read_coils: { code: 1, request: range, reply: values },
  read_inputs: { code: 2, request: range, reply: values },
  read_holding: { code: 3, request: range, reply: values },
  write_coil: { code: 5, request: single, reply: single },
  write_register: { code: 6, request: single, reply: single },
  write_coils: { code: 15, request: several, reply: range },
  write_registers: { code: 16, request: several, reply: range },
} as const;

type Functions = typeof functions;
export type FunctionName = keyof Functions;
type Body<L> = L extends Layout<infer T> ? T : never;
type Side = 'request' | 'reply';
type Message<S extends Side> = {
  [F in FunctionName]: { unit: number; fn: F; body: Body<Functions[F][S]> };
}[FunctionName];

export type Request = Message<'request'>;
export type Refusal = { unit: number; fn: FunctionName; exception: number };
export type Reply = Message<'reply'> | Refusal;

/** What FC5 writes for on and off; no other value is legal (1.1b3, section 6.5). */
export const coilOn = 0xff00;
export const coilOff = 0x0000;

/** The longest frame on a serial line (Serial Line 1.02, section 2.5.1). */
const longestFrame = 256;

const nameOf = new Map<number, FunctionName>(
  (Object.keys(functions) as FunctionName[]).map((name) => [functions[name].code, name]),
);

/** By byte. A frame is looked for at every place of what noise leaves: bit by bit, 64 KiB of it held the doors up for half a second. */
const crcTable = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/** CRC-16, polynomial A001 reflected, start FFFF. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
  return crc;
}

function sealed(unit: number, code: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(body.length + 4);
  frame[0] = unit;
  frame[1] = code;
  frame.set(body, 2);
  const crc = crc16(frame.subarray(0, -2));
  frame[frame.length - 2] = crc & 0xff;
  frame[frame.length - 1] = crc >>> 8;
  return frame;
}

/** True when the last two bytes are the CRC of the others. */
export function intact(frame: Uint8Array): boolean {
  if (frame.length < 4) return false;
  return crc16(frame.subarray(0, -2)) === (frame.at(-2) ?? 0) + (frame.at(-1) ?? 0) * 256;
}

/** Encodes a request. Unit 1 to 247; addresses, counts and values 16 bits: the caller checks ranges. */
export function encodeRequest(request: Request): Uint8Array {
  const { code, request: form } = functions[request.fn];
  return sealed(request.unit, code, (form as Layout<unknown>).encode(request.body));
}

/** Encodes a reply, or a refusal (function with its high bit set, and the exception code). */
export function encodeReply(reply: Reply): Uint8Array {
  const { code, reply: form } = functions[reply.fn];
  if ('exception' in reply)
    return sealed(reply.unit, code | 0x80, exception.encode({ code: reply.exception }));
  return sealed(reply.unit, code, (form as Layout<unknown>).encode(reply.body));
}

/** Length of the frame that begins here, as far as its first bytes tell; null: more bytes are needed; 0: no such function. */
function sizeOf(bytes: Uint8Array, side: Side): number | null {
  const code = bytes[1];
  if (code === undefined) return null;
  if (side === 'reply' && nameOf.has(code & 0x7f) && code & 0x80) return 5;
  const name = nameOf.get(code);
  if (name === undefined) return 0;
  const form: unknown = functions[name][side];
  if (form === range || form === single) return 8;
  const countAt = form === values ? 2 : 6;
  const count = bytes[countAt];
  return count === undefined ? null : countAt + 1 + count + 2;
}

function decode<S extends Side>(frame: Uint8Array, side: S): Message<S> | null {
  const fn = nameOf.get(frame[1] ?? 0);
  if (fn === undefined || sizeOf(frame, side) !== frame.length || !intact(frame)) return null;
  const body = functions[fn][side].decode(frame.subarray(2, -2));
  return body === null ? null : ({ unit: frame[0] ?? 0, fn, body } as Message<S>);
}

/** Decodes one whole request frame; null when it is none. */
export const decodeRequest = (frame: Uint8Array): Request | null => decode(frame, 'request');

/** Decodes one whole reply frame or refusal; null when it is none. */
export function decodeReply(frame: Uint8Array): Reply | null {
  const code = frame[1] ?? 0;
  const fn = nameOf.get(code & 0x7f);
  if (!(code & 0x80) || fn === undefined) return decode(frame, 'reply');
  return frame.length === 5 && intact(frame) ? { unit: frame[0] ?? 0, fn, exception: frame[2] ?? 0 } : null;
}

/** What stands at the head of the received bytes. */
export type Parsed =
  | { type: 'frame'; frame: Uint8Array }
  | { type: 'need_more' }
  | { type: 'skip'; n: number; why: 'unknown_function' | 'bad_crc' | 'noise_before_frame' };

/**
 * Finds the next frame. Modbus RTU has no start mark, so noise can claim the length of a long frame and make a reader wait for
 * bytes that never come: `awaited` (what may come in answer) lets it see that behind such noise.
 */
export function parse(bytes: Uint8Array, side: Side, awaited: readonly Awaited[] = []): Parsed {
  if (bytes.length === 0) return { type: 'need_more' };
  const size = sizeOf(bytes, side);
  if (size === 0 || (size ?? 0) > longestFrame) return { type: 'skip', n: 1, why: 'unknown_function' };
  const begins = (at: number): boolean =>
    awaited.some(
      ({ head, size: length }) =>
        head.every((byte, i) => bytes[at + i] === byte) && intact(bytes.subarray(at, at + length)),
    );
  if (!begins(0)) {
    const end = Math.min(size ?? bytes.length, bytes.length);
    for (let at = 1; at < end; at++) {
      if (begins(at)) return { type: 'skip', n: at, why: 'noise_before_frame' };
    }
  }
  if (size === null || bytes.length < size) return { type: 'need_more' };
  const frame = bytes.slice(0, size);
  return intact(frame) ? { type: 'frame', frame } : { type: 'skip', n: 1, why: 'bad_crc' };
}

/** The code of its function, which its answer carries too. */
export const functionCode = ({ fn }: Request): number => functions[fn].code;

/** How many bytes a request takes on the wire. */
export function requestSize(request: Request): number {
  const { body } = request;
  return 'values' in body ? 9 + body.values.length : 8;
}

/** First bytes and length of a frame that may come. */
export interface Awaited {
  head: readonly number[];
  size: number;
}

/** What may come in answer to a request: the reply itself, first, and a refusal. */
export function awaitedReplies(request: Request): readonly [Awaited, Awaited] {
  const code = functions[request.fn].code | 0x80;
  return [awaitedReply(request), { head: [request.unit, code], size: 5 }];
}

function awaitedReply(request: Request): Awaited {
  const head = [request.unit, functions[request.fn].code];
  switch (request.fn) {
    case 'read_coils':
    case 'read_inputs': {
      const count = Math.ceil(request.body.count / 8);
      return { head: [...head, count], size: count + 5 };
    }
    case 'read_holding':
      return { head: [...head, request.body.count * 2], size: request.body.count * 2 + 5 };
    case 'write_coil':
    case 'write_register':
    case 'write_coils':
    case 'write_registers':
      return { head, size: 8 };
  }
}

/** Bits packed as FC1 and FC2 answer them: the first one lowest (1.1b3, section 6.1). */
export function packBits(bits: readonly boolean[]): Uint8Array {
  const out = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    if (bit) out[i >> 3] = (out[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return out;
}

/** Registers as FC3 and FC16 carry them: 16 bits each, high byte first (1.1b3, section 4.2). */
export function packRegisters(registers: readonly number[]): Uint8Array {
  return Uint8Array.from(registers.flatMap((register) => [register >> 8, register & 0xff]));
}

export function unpackRegisters(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length >> 1 }, (_, i) => u16be.read(bytes, i * 2));
}

/** What an exception code says (1.1b3, section 7), with the remedy where there is one. */
export function exceptionText(code: number): string {
  const texts: Record<number, string> = {
    1: 'illegal function: the board does not know it; is this the right model?',
    2: 'illegal data address: the board has no such relay, input or register; is this the right model?',
    3: 'illegal data value',
    4: 'the board reports a failure of its own',
    5: 'the board has taken it and is not done yet',
    6: 'the board is busy',
    10: 'the gateway has no path to the board',
    11: 'the gateway got no answer from the board',
  };
  return `exception ${code}: ${texts[code] ?? 'not in the standard'}`;
}

/**
 * Whether a refused write may have been carried out all the same: the board failed in the act, is not done yet, or its answer never
 * came to the gateway (1.1b3, section 7).
 */
export const leavesOpen = (exception: number): boolean => [4, 5, 11].includes(exception);

/** Hex for reports. Registers may hold codes of other devices on the bus, so their content is not shown. */
export function rawHex(frame: Uint8Array): string {
  const shown = [3, 4, 16, 23].includes(frame[1] ?? 0) ? frame.subarray(0, 3) : frame;
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return shown.length < frame.length ? `${hex}...` : hex;
}
