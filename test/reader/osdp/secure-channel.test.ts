import { describe, expect, test } from 'vitest';
import { type Frame, parseFrame } from '../../../src/reader/osdp/frame.ts';
import { acceptCryptogram, acceptInitialMac, challenge } from '../../../src/reader/osdp/secure-channel.ts';
import { fromHex } from './vectors.ts';

const frameOf = (hex: string): Frame => {
  const parsed = parseFrame(fromHex(hex));
  if (parsed.type !== 'frame') throw new Error('no frame');
  return parsed.frame;
};
/** Answers to CHLNG and SCRYPT of the sheet's recorded session (sheet 10; SCBK 40 to 4F, RND.A B0 to B7). */
const ccrypt = frameOf(
  '53812b000c03120176ba0c990004030201a0a1a2a3a4a5a6a7ac5a30e97e4a65dfb660db059e754e58a09b',
);
const rmac = frameOf('53811b000d03140178d80f02b38761317940c525e3f80af63975de');
const key = Uint8Array.from({ length: 16 }, (_, at) => 0x40 + at);
const { handshake: challenged } = challenge('own', key, fromHex('b0b1b2b3b4b5b6b7'));

const under = (frame: Frame, type: number, ...data: number[]): Frame => ({
  ...frame,
  security: { type, data: Uint8Array.from(data) },
});
const altered = (frame: Frame): Frame => ({ ...frame, data: frame.data.map((byte) => byte ^ 0x01) });
const nak: Frame = { ...ccrypt, security: null, code: 0x41, data: Uint8Array.of(5) };

describe('the answer to a challenge', () => {
  test.each([
    ['proves the key', ccrypt, { ok: true }],
    ['under the public key shows a reader without ours', under(ccrypt, 0x12, 0), { fault: 'install_mode' }],
    ['under a key that there is not proves nothing', under(ccrypt, 0x12, 2), { fault: 'wrong_key' }],
    ['that says no key proves nothing', under(ccrypt, 0x12), { fault: 'wrong_key' }],
    ['with another cryptogram is of another key', altered(ccrypt), { fault: 'wrong_key' }],
    ['of a later step is none', under(ccrypt, 0x14, 1), { fault: 'refused' }],
    ['in plain is none', nak, { fault: 'refused' }],
  ] as const)('%s', (_, frame, expected) => {
    expect(acceptCryptogram(challenged, frame)).toMatchObject(expected);
  });
});

describe('the answer to our proof', () => {
  const begun = acceptCryptogram(challenged, ccrypt);
  if (!begun.ok) throw new Error(begun.fault);
  test.each([
    ['begins a session', rmac, { ok: true }],
    ['that refuses, as old readers do, begins none', under(rmac, 0x14, 0), { fault: 'refused' }],
    ['that refuses begins none', under(rmac, 0x14, 0xff), { fault: 'refused' }],
    ['that says neither begins none', under(rmac, 0x14), { fault: 'refused' }],
    ['with another MAC is of another key', altered(rmac), { fault: 'wrong_key' }],
    ['of an earlier step is none', under(rmac, 0x12, 1), { fault: 'refused' }],
    ['in plain is none', nak, { fault: 'refused' }],
  ] as const)('%s', (_, frame, expected) => {
    expect(acceptInitialMac(begun.handshake, frame)).toMatchObject(expected);
  });
});
