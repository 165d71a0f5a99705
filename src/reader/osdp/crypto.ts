import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';
import { encodeFrame, type Frame } from './frame.ts';

/**
 * The arithmetic of the secure channel (SIA OSDP 2.2, "SC1", sheet 6): AES-128 throughout. Keys, cryptograms and chaining values have
 * 16 bytes, random numbers 8.
 */
export interface SessionKeys {
  enc: Uint8Array;
  mac1: Uint8Array;
  mac2: Uint8Array;
}

/** SCBK-D, the key every reader in install mode takes. It is printed in the standard: what it protects is not secret. */
export const installKey: Uint8Array = Uint8Array.from({ length: 16 }, (_, at) => 0x30 + at);

/** The types of security control blocks (sheet 6.1, 6.2). */
export const scs = {
  challenge: 0x11,
  cryptogram: 0x12,
  proof: 0x13,
  initial_mac: 0x14,
  command: 0x15,
  reply: 0x16,
  command_with_data: 0x17,
  reply_with_data: 0x18,
} as const;

/** The keys of one session, from the reader's key and the controller's random number. */
export function sessionKeys(key: Uint8Array, randomA: Uint8Array): SessionKeys {
  const derive = (purpose: number): Uint8Array => {
    const seed = new Uint8Array(blockSize);
    seed.set([0x01, purpose, ...randomA.subarray(0, 6)]);
    return encryptBlock(key, seed);
  };
  return { enc: derive(0x82), mac1: derive(0x01), mac2: derive(0x02) };
}

/** Proves that the reader has the key. */
export function clientCryptogram(keys: SessionKeys, randomA: Uint8Array, randomB: Uint8Array): Uint8Array {
  return encryptBlock(keys.enc, Uint8Array.of(...randomA, ...randomB));
}

/** Proves that the controller has the key. */
export function serverCryptogram(keys: SessionKeys, randomA: Uint8Array, randomB: Uint8Array): Uint8Array {
  return encryptBlock(keys.enc, Uint8Array.of(...randomB, ...randomA));
}

/** The R-MAC that the first command of a session is chained to. */
export function initialMac(keys: SessionKeys, proof: Uint8Array): Uint8Array {
  return encryptBlock(keys.mac2, encryptBlock(keys.mac1, proof));
}

/** Compares in a time that does not tell where two values differ. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Secures a frame whose `data` is in clear and whose `security` is still null: encrypts the data, if any, and appends the MAC.
 * `chain` is the MAC of the frame before it, of the other direction. The answer's `mac` has all 16 bytes; 4 go on the wire.
 */
export function sealFrame(
  keys: SessionKeys,
  chain: Uint8Array,
  frame: Frame,
): { bytes: Uint8Array; mac: Uint8Array } {
  const empty = frame.data.length === 0;
  const sent = frame.reply ? scs.reply : scs.command;
  const data = empty ? frame.data : encrypt(keys, chain, frame.data);
  const security = { type: empty ? sent : sent + 2, data: new Uint8Array(0) };
  const draft = { ...frame, security, data: Uint8Array.of(...data, 0, 0, 0, 0) };
  const mac = macOf(keys, chain, covered(draft));
  return { bytes: encodeFrame({ ...draft, data: Uint8Array.of(...data, ...mac.subarray(0, macSize)) }), mac };
}

/** `in_clear`: the data came unencrypted under a valid MAC, as some readers send their status (sheet 6.4). */
export type Opened =
  | { ok: true; data: Uint8Array; mac: Uint8Array; in_clear: boolean }
  | { ok: false; why: 'not_secured' | 'mac' | 'padding' };

/** Checks and decrypts a secured frame, chained to `chain` as above. Nothing of a frame with a wrong MAC is looked at. */
export function openFrame(keys: SessionKeys, chain: Uint8Array, frame: Frame): Opened {
  const at = frame.data.length - macSize;
  const type = frame.security?.type ?? 0;
  if (at < 0 || type < scs.command || type > scs.reply_with_data) return { ok: false, why: 'not_secured' };
  const mac = macOf(keys, chain, covered(frame));
  if (!sameBytes(mac.subarray(0, macSize), frame.data.subarray(at))) return { ok: false, why: 'mac' };
  const carried = frame.data.slice(0, at);
  if (type === scs.command || type === scs.reply) {
    return { ok: true, data: carried, mac, in_clear: carried.length > 0 };
  }
  const data = decrypt(keys, chain, carried);
  return data === null ? { ok: false, why: 'padding' } : { ok: true, data, mac, in_clear: false };
}

/**
 * The MAC of what it covers: CBC, all blocks but the last under S-MAC1, the last under S-MAC2. What does not fill its last block is
 * padded with 80 00…; what does is left alone (sheet 6.2).
 */
export function macOf(keys: SessionKeys, chain: Uint8Array, bytes: Uint8Array): Uint8Array {
  const text = bytes.length % blockSize === 0 ? bytes : padded(bytes);
  const last = text.length - blockSize;
  const before =
    last === 0 ? chain : cbc(keys.mac1, chain, text.subarray(0, last)).subarray(last - blockSize);
  return cbc(keys.mac2, before, text.subarray(last));
}

const blockSize = 16;
const macSize = 4;

/** SOM to the last byte before the MAC, its length final, the mark left out. */
function covered(frame: Frame): Uint8Array {
  const wire = encodeFrame(frame);
  return wire.subarray(1, wire.length - macSize - (frame.check === 'crc' ? 2 : 1));
}

function padded(data: Uint8Array): Uint8Array {
  const text = new Uint8Array((Math.floor(data.length / blockSize) + 1) * blockSize);
  text.set(data);
  text[data.length] = 0x80;
  return text;
}

const inverted = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xff);

function encrypt(keys: SessionKeys, chain: Uint8Array, data: Uint8Array): Uint8Array {
  return cbc(keys.enc, inverted(chain), padded(data));
}

/** Null: no whole blocks, or no padding at the end. */
function decrypt(keys: SessionKeys, chain: Uint8Array, data: Uint8Array): Uint8Array | null {
  if (data.length === 0 || data.length % blockSize !== 0) return null;
  const opening = createDecipheriv('aes-128-cbc', keys.enc, inverted(chain)).setAutoPadding(false);
  const text = Uint8Array.from(opening.update(data));
  const end = text.lastIndexOf(0x80);
  const rest = text.subarray(end + 1);
  return end >= 0 && rest.length < blockSize && rest.every((byte) => byte === 0) ? text.slice(0, end) : null;
}

function cbc(key: Uint8Array, iv: Uint8Array, text: Uint8Array): Uint8Array {
  return Uint8Array.from(createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(text));
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  return Uint8Array.from(createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block));
}
