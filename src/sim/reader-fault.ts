import { encodeFrame, type Frame, parseFrame } from '../reader/osdp/frame.ts';
import { type Command, encodeReply, type Reply } from '../reader/osdp/layout.ts';

/** What can go wrong with a simulated reader, each switched on and off by itself. */
export const readerFaults = [
  'unplugged',
  'drop_command',
  'drop_reply',
  'corrupt_reply',
  'half_reply',
  'double_reply',
  'byte_by_byte',
  'busy',
  'delay_150',
  'delay_250',
  'delay_600',
  'echo',
  'noise_before',
  'noise_after',
  'false_start',
  'wrong_sequence',
  'wrong_address',
  'out_of_turn',
  'nak_bad_check',
  'nak_unknown_command',
  'nak_wrong_sequence',
  'asks_restart',
  'wants_secure_channel',
  'refuses_outputs',
  'stuck_outputs',
  'shows_outputs',
] as const;
export type ReaderFault = (typeof readerFaults)[number];
type Faults = ReadonlySet<string>;

/** A reply as it goes on the wire. */
export function replyWire(address: number, sequence: number, reply: Reply): Uint8Array {
  return encodeFrame({ address, reply: true, sequence, check: 'crc', security: null, ...encodeReply(reply) });
}

/** NAK with an error code (sheet 5). */
export const refusal = (error: number): Reply => ({
  type: 'nak',
  value: { error, detail: new Uint8Array(0) },
});

/** How late a reply leaves, in milliseconds. */
export function delayOf(faults: Faults): number {
  if (faults.has('delay_600')) return 600;
  if (faults.has('delay_250')) return 250;
  return faults.has('delay_150') ? 150 : 0;
}

/** What a fault makes the reader say to a frame without taking any notice of it; null: nothing of that kind. */
export function saidInstead(faults: Faults, { address, sequence }: Frame): Uint8Array | null {
  if (faults.has('busy')) return replyWire(address, 0, { type: 'busy', value: {} });
  if (faults.has('nak_bad_check')) return replyWire(address, sequence, refusal(1));
  if (faults.has('nak_wrong_sequence')) return replyWire(address, (sequence + 1) % 4, refusal(4));
  if (faults.has('asks_restart') && sequence !== 0) return replyWire(address, 0, { type: 'ack', value: {} });
  return null;
}

/** Why a fault makes the reader refuse a command; null: it does not. */
export function refusedFor(faults: Faults, command: Command): Reply | null {
  if (faults.has('nak_unknown_command')) return refusal(3);
  if (faults.has('refuses_outputs') && command.type === 'out') return refusal(9);
  return faults.has('wants_secure_channel') && command.type === 'poll' ? refusal(6) : null;
}

/** The pieces in which a reply really reaches the line. */
export function spoken(faults: Faults, wire: Uint8Array): Uint8Array[] {
  const pieces = distorted(faults, wire);
  if (faults.has('noise_before')) pieces.unshift(Uint8Array.of(0x00, 0x53, 0xff, 0x53, 0x81, 0x13, 0x37));
  if (faults.has('false_start')) pieces.unshift(Uint8Array.of(0x53, 0x81, 0x40, 0x00, 0x04));
  if (faults.has('noise_after')) pieces.push(Uint8Array.of(0x53, 0x00, 0xff, 0x80));
  return pieces;
}

function distorted(faults: Faults, wire: Uint8Array): Uint8Array[] {
  if (faults.has('corrupt_reply'))
    return [wire.map((byte, at) => (at === wire.length - 3 ? byte ^ 0x10 : byte))];
  if (faults.has('half_reply')) return [wire.slice(0, wire.length >> 1)];
  if (faults.has('double_reply')) return [wire, wire];
  if (faults.has('byte_by_byte')) return Array.from(wire, (byte) => Uint8Array.of(byte));
  const parsed = parseFrame(wire.subarray(1));
  if (parsed.type !== 'frame') return [wire];
  const { frame } = parsed;
  if (faults.has('wrong_address')) return [encodeFrame({ ...frame, address: frame.address ^ 0x40 })];
  if (faults.has('wrong_sequence')) return [encodeFrame({ ...frame, sequence: (frame.sequence % 3) + 1 })];
  return [wire];
}
