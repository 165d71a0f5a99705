import { checksum, crc16 } from './crc.ts';

/** One OSDP packet (SIA OSDP 2.2, sheet 2), its check verified. */
export interface Frame {
  /** 0 to 126; 127 is everybody. */
  address: number;
  /** From a reader to the controller (bit 7 of the address byte). */
  reply: boolean;
  /** 0 to 3; 0 restarts the numbering. */
  sequence: number;
  check: 'crc' | 'checksum';
  /** The security control block, for frames of a secure channel. */
  security: { type: number; data: Uint8Array } | null;
  /** Command or reply code. */
  code: number;
  /** What follows the code, up to the check; in secured frames the last four bytes are the MAC. */
  data: Uint8Array;
}

/**
 * What the bytes at hand begin with. `size` of `need_more` is how many bytes the whole frame has, once known.
 * `skip`: drop `count` bytes and look again.
 */
export type Parsed =
  | { type: 'frame'; frame: Frame; size: number }
  | { type: 'need_more'; size: number | null }
  | { type: 'skip'; count: number; why: 'not_a_start' | 'bad_header' | 'bad_check' };

/** Driven before each packet to settle the line; in neither length nor check. */
const mark = 0xff;
/** The longest packet allowed, mark not counted. */
export const maxFrameSize = 1440;

const start = 0x53;
const headerSize = 5;
const checkFlag = 0x04;
const securityFlag = 0x08;

/** The bytes of a packet as they go on the wire, mark first. */
export function encodeFrame(frame: Frame): Uint8Array {
  const block = frame.security === null ? 0 : 2 + frame.security.data.length;
  const crc = frame.check === 'crc';
  const size = headerSize + block + 1 + frame.data.length + (crc ? 2 : 1);
  const wire = new Uint8Array(1 + size);
  wire[0] = mark;
  const packet = wire.subarray(1);
  const control = frame.sequence | (crc ? checkFlag : 0) | (frame.security === null ? 0 : securityFlag);
  packet.set([start, frame.address | (frame.reply ? 0x80 : 0), size & 0xff, size >> 8, control]);
  if (frame.security !== null) packet.set([block, frame.security.type, ...frame.security.data], headerSize);
  packet[headerSize + block] = frame.code;
  packet.set(frame.data, headerSize + block + 1);
  const covered = packet.subarray(0, size - (crc ? 2 : 1));
  const check = crc ? crc16(covered) : checksum(covered);
  packet.set(crc ? [check & 0xff, check >> 8] : [check], covered.length);
  return wire;
}

/**
 * Looks at the front of what was received. Noise is skipped up to the next start byte; a frame that proves bad costs one byte
 * only, because the start byte also occurs inside of frames and a good one may follow (sheet 2.1).
 */
export function parseFrame(bytes: Uint8Array): Parsed {
  if (bytes.length === 0) return { type: 'need_more', size: null };
  const at = bytes.indexOf(start);
  if (at !== 0) return { type: 'skip', count: at < 0 ? bytes.length : at, why: 'not_a_start' };
  const [, address, low, high, control] = bytes;
  if (address === undefined || low === undefined || high === undefined || control === undefined) {
    return { type: 'need_more', size: null };
  }
  const size = low | (high << 8);
  const checkSize = control & checkFlag ? 2 : 1;
  if (size < headerSize + 1 + checkSize || size > maxFrameSize || control & 0xf0) {
    return { type: 'skip', count: 1, why: 'bad_header' };
  }
  if (bytes.length < size) return { type: 'need_more', size };
  const covered = bytes.subarray(0, size - checkSize);
  const found = (bytes[covered.length] ?? 0) | (checkSize === 2 ? (bytes[covered.length + 1] ?? 0) << 8 : 0);
  if (found !== (checkSize === 2 ? crc16(covered) : checksum(covered))) {
    return { type: 'skip', count: 1, why: 'bad_check' };
  }
  const block = control & securityFlag ? (covered[headerSize] ?? 0) : 0;
  const code = covered[headerSize + block];
  if (code === undefined || (control & securityFlag && block < 2)) {
    return { type: 'skip', count: 1, why: 'bad_header' };
  }
  const security = block
    ? { type: covered[headerSize + 1] ?? 0, data: covered.slice(headerSize + 2, headerSize + block) }
    : null;
  return {
    type: 'frame',
    size,
    frame: {
      address: address & 0x7f,
      reply: (address & 0x80) !== 0,
      sequence: control & 0x03,
      check: checkSize === 2 ? 'crc' : 'checksum',
      security,
      code,
      data: covered.slice(headerSize + block + 1),
    },
  };
}
