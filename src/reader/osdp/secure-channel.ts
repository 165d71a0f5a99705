import {
  clientCryptogram,
  initialMac,
  openFrame,
  type SessionKeys,
  sameBytes,
  scs,
  sealFrame,
  serverCryptogram,
  sessionKeys,
} from './crypto.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { type Command, decodeReply, encodeCommand, type Reply } from './layout.ts';

/** The controller's end of a secure channel (SIA OSDP 2.2, sheet 6) as immutable values. */

/** Which key a handshake is about: the reader's own, or the public one of a reader in install mode. */
export type KeyKind = 'own' | 'install';

/** CHLNG is sent, CCRYPT awaited. */
export interface Challenged {
  readonly state: 'challenged';
  readonly kind: KeyKind;
  readonly keys: SessionKeys;
  readonly random: Uint8Array;
}

/** The reader has proved itself; SCRYPT is sent, RMAC_I awaited. */
export interface Proving {
  readonly state: 'proving';
  readonly keys: SessionKeys;
  readonly proof: Uint8Array;
  /** What the reader says to be unique to it. */
  readonly unique_id: Uint8Array;
}

/** The session stands. */
export interface Channel {
  readonly state: 'open';
  readonly keys: SessionKeys;
  readonly unique_id: Uint8Array;
  /** The R-MAC of the last accepted reply, which the next command is chained to. */
  readonly chain: Uint8Array;
  readonly replies: number;
}

/** Why a handshake came to nothing. */
export type HandshakeFault = 'wrong_key' | 'install_mode' | 'refused';

/** Begins a handshake with 8 fresh random bytes. */
export function challenge(
  kind: KeyKind,
  key: Uint8Array,
  random: Uint8Array,
): { handshake: Challenged; command: Command } {
  return {
    handshake: { state: 'challenged', kind, keys: sessionKeys(key, random), random },
    command: { type: 'chlng', value: { random } },
  };
}

/** Judges an answer to CHLNG. */
export function acceptCryptogram(
  from: Challenged,
  frame: Frame,
): { ok: true; handshake: Proving } | { ok: false; fault: HandshakeFault } {
  const told = decodeReply(frame.code, frame.data);
  if (frame.security?.type !== scs.cryptogram || told?.type !== 'ccrypt')
    return { ok: false, fault: 'refused' };
  const [kind] = frame.security.data;
  if (kind !== kindByte[from.kind]) {
    return { ok: false, fault: kind === kindByte.install ? 'install_mode' : 'wrong_key' };
  }
  const { unique_id, random, cryptogram } = told.value;
  if (!sameBytes(cryptogram, clientCryptogram(from.keys, from.random, random))) {
    return { ok: false, fault: 'wrong_key' };
  }
  const proof = serverCryptogram(from.keys, from.random, random);
  return { ok: true, handshake: { state: 'proving', keys: from.keys, proof, unique_id } };
}

/** Judges an answer to SCRYPT. The R-MAC is computed here as well: what the reader says must agree, and is not used. */
export function acceptInitialMac(
  from: Proving,
  frame: Frame,
): { ok: true; channel: Channel } | { ok: false; fault: HandshakeFault } {
  const told = decodeReply(frame.code, frame.data);
  if (frame.security?.type !== scs.initial_mac || told?.type !== 'rmac_i')
    return { ok: false, fault: 'refused' };
  if (frame.security.data[0] !== 0x01) return { ok: false, fault: 'refused' };
  const chain = initialMac(from.keys, from.proof);
  if (!sameBytes(chain, told.value.mac)) return { ok: false, fault: 'wrong_key' };
  const { keys, unique_id } = from;
  return { ok: true, channel: { state: 'open', keys, unique_id, chain, replies: 0 } };
}

/** The bytes of a command of the handshake: in clear, as both sides must have proved themselves first. */
export function handshakeBytes(
  kind: KeyKind,
  address: number,
  sequence: number,
  command: Command,
): Uint8Array {
  const type = command.type === 'chlng' ? scs.challenge : scs.proof;
  const security = { type, data: Uint8Array.of(kindByte[kind]) };
  return encodeFrame({ address, reply: false, sequence, check: 'crc', security, ...encodeCommand(command) });
}

/** A secured command; its answer is chained to `mac`. Moves nothing: sent again it is the same. */
export function seal(
  channel: Channel,
  address: number,
  sequence: number,
  command: Command,
): { bytes: Uint8Array; mac: Uint8Array } {
  const frame = { address, reply: false, sequence, check: 'crc', security: null } as const;
  return sealFrame(channel.keys, channel.chain, { ...frame, ...encodeCommand(command) });
}

/** Opens the reply to the command with `mac`. Only a reply that proves genuine moves the chain. `reply` null: nobody can read it. */
export function open(
  channel: Channel,
  mac: Uint8Array,
  frame: Frame,
): { ok: true; channel: Channel; reply: Reply | null; in_clear: boolean } | { ok: false } {
  const opened = openFrame(channel.keys, mac, frame);
  if (!opened.ok) return { ok: false };
  return {
    ok: true,
    channel: { ...channel, chain: opened.mac, replies: channel.replies + 1 },
    reply: decodeReply(frame.code, opened.data),
    in_clear: opened.in_clear,
  };
}

const kindByte: Record<KeyKind, number> = { install: 0x00, own: 0x01 };
