import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  clientCryptogram,
  initialMac,
  installKey,
  macOf,
  openFrame,
  sealFrame,
  serverCryptogram,
  sessionKeys,
} from '../../../src/reader/osdp/crypto.ts';
import { encodeFrame, type Frame, parseFrame } from '../../../src/reader/osdp/frame.ts';
import { decodeCommand } from '../../../src/reader/osdp/layout.ts';
import {
  acceptCryptogram,
  acceptInitialMac,
  type Channel,
  challenge,
  handshakeBytes,
  open,
  seal,
} from '../../../src/reader/osdp/secure-channel.ts';
import fixture from '../../fixtures/osdp.json' with { type: 'json' };
import { fromHex, toHex } from './vectors.ts';

const { params, derived } = fixture;
const randomA = fromHex(params.rndA);
const randomB = fromHex(params.rndB);
const parsed = (hex: string): Frame => {
  const found = parseFrame(fromHex(hex).subarray(1));
  if (found.type !== 'frame') throw new Error(`no frame: ${hex}`);
  return found.frame;
};

describe('the arithmetic of the secure channel gives the published numbers', () => {
  it.each([
    { name: 'scbk', key: fromHex(params.scbk), numbers: derived.scbk },
    // The numbers of the standard's own annex.
    { name: 'scbkD', key: installKey, numbers: derived.scbkD },
  ])('under $name', ({ key, numbers }) => {
    const keys = sessionKeys(key, randomA);
    const proof = serverCryptogram(keys, randomA, randomB);
    expect({
      sEnc: toHex(keys.enc),
      sMac1: toHex(keys.mac1),
      sMac2: toHex(keys.mac2),
      clientCryptogram: toHex(clientCryptogram(keys, randomA, randomB)),
      serverCryptogram: toHex(proof),
      rmacI: toHex(initialMac(keys, proof)),
    }).toEqual(numbers);
  });

  it('and its public key is the one of the standard', () => {
    expect(toHex(installKey)).toBe(params.scbkD);
  });
});

interface Recorded {
  dir: string;
  hex: string;
  scs: string | null;
  data: string;
  fullMac?: string;
  expect?: string;
}
const keyOf: Record<string, Uint8Array> = { '00': installKey, '01': fromHex(params.scbk) };

describe('recorded secured sessions', () => {
  const sessions = fixture.sessions.filter(({ frames }) => frames.some(({ scs }) => scs !== null));

  it.each(sessions)(
    '$title: every frame both ways, byte for byte, and none with a flipped bit',
    (session) => {
      let keySet: Uint8Array | null = null;
      let handshake: ReturnType<typeof challenge>['handshake'] | null = null;
      let channel: Channel | null = null;
      let mac = new Uint8Array(0);
      let proving: ReturnType<typeof acceptCryptogram> | null = null;
      let secured = 0;
      for (const recorded of session.frames as Recorded[]) {
        const frame = parsed(recorded.hex);
        const clear = fromHex(recorded.data);
        switch (frame.security?.type) {
          case 0x11: {
            const kind = frame.security.data[0] === 0 ? 'install' : 'own';
            const key = kind === 'install' ? installKey : (keySet ?? keyOf['01'] ?? installKey);
            const begun = challenge(kind, key, randomA);
            expect(toHex(handshakeBytes(kind, 1, frame.sequence, begun.command))).toBe(recorded.hex);
            handshake = begun.handshake;
            break;
          }
          case 0x12:
            if (handshake === null) throw new Error('no challenge');
            proving = acceptCryptogram(handshake, frame);
            expect(proving.ok).toBe(recorded.expect === undefined);
            break;
          case 0x13: {
            if (proving?.ok !== true || handshake === null) throw new Error('nothing to prove');
            const { proof } = proving.handshake;
            const bytes = handshakeBytes(handshake.kind, 1, frame.sequence, {
              type: 'scrypt',
              value: { proof },
            });
            expect(toHex(bytes)).toBe(recorded.hex);
            break;
          }
          case 0x14: {
            if (proving?.ok !== true) throw new Error('nothing proved');
            const stands = acceptInitialMac(proving.handshake, frame);
            if (!stands.ok) throw new Error(stands.fault);
            channel = stands.channel;
            break;
          }
          case undefined:
            channel = null;
            break;
          default: {
            if (channel === null) throw new Error('no channel');
            secured += 1;
            const chain: Uint8Array = frame.reply ? mac : channel.chain;
            const opened = openFrame(channel.keys, chain, frame);
            if (!opened.ok) throw new Error(`${recorded.hex}: ${opened.why}`);
            expect(toHex(opened.data)).toBe(recorded.data);
            if (recorded.fullMac !== undefined) expect(toHex(opened.mac)).toBe(recorded.fullMac);
            if (!opened.in_clear) {
              const again = sealFrame(channel.keys, chain, { ...frame, security: null, data: clear });
              expect(toHex(again.bytes)).toBe(recorded.hex);
            }
            for (let at = 0; at < frame.data.length; at++) {
              const data = frame.data.map((byte, place) => (place === at ? byte ^ 0x01 : byte));
              expect(openFrame(channel.keys, chain, { ...frame, data }).ok).toBe(false);
            }
            expect(openFrame(channel.keys, chain, { ...frame, code: frame.code ^ 0x01 }).ok).toBe(false);
            expect(openFrame(channel.keys, chain, { ...frame, reply: !frame.reply }).ok).toBe(false);
            if (frame.reply) {
              const next = open(channel, mac, frame);
              if (!next.ok) throw new Error('not opened');
              channel = next.channel;
            } else {
              const command = decodeCommand(frame.code, clear);
              if (command !== null) {
                expect(toHex(seal(channel, 1, frame.sequence, command).bytes)).toBe(recorded.hex);
              }
              mac = Uint8Array.from(opened.mac);
              if (command?.type === 'keyset') keySet = command.value.key;
            }
          }
        }
      }
      expect(secured).toBeGreaterThan(15);
    },
  );
});

describe('secured frames of any length', () => {
  const keys = sessionKeys(fromHex(params.scbk), randomA);
  const chain = new Uint8Array(16).fill(7);
  const frame = (length: number, check: Frame['check']): Frame => ({
    address: 1,
    reply: true,
    sequence: 2,
    check,
    security: null,
    code: 0x50,
    data: Uint8Array.from({ length }, (_, at) => (at === length - 1 ? 0x80 : at)),
  });

  it.each(['crc', 'checksum'] as const)('come out as they went in, with %s', (check) => {
    for (let length = 0; length <= 65; length++) {
      const sent = frame(length, check);
      const { bytes, mac } = sealFrame(keys, chain, sent);
      const found = parseFrame(bytes.subarray(1));
      if (found.type !== 'frame') throw new Error('no frame');
      expect(openFrame(keys, chain, found.frame)).toEqual({
        ok: true,
        data: sent.data,
        mac,
        in_clear: false,
      });
      // Data is padded always, so that 16 bytes become 32 (sheet 6.2).
      const carried = length === 0 ? 0 : (Math.floor(length / 16) + 1) * 16;
      expect(found.frame.data.length).toBe(carried + 4);
    }
  });

  it('pads what a MAC covers only where it does not fill its block', () => {
    const block = Uint8Array.from({ length: 16 }, (_, at) => at);
    const almost = block.subarray(0, 15);
    expect(macOf(keys, chain, almost)).toEqual(macOf(keys, chain, Uint8Array.of(...almost, 0x80)));
    expect(macOf(keys, chain, block)).not.toEqual(macOf(keys, chain, Uint8Array.of(...block, 0x80)));
  });

  it.each([
    ['is whole', `${'11'.repeat(3)}80${'00'.repeat(12)}`, { ok: true, data: fromHex('111111') }],
    ['is a block of its own', `80${'00'.repeat(15)}`, { ok: true, data: new Uint8Array(0) }],
    ['is gone', '11'.repeat(16), { ok: false, why: 'padding' }],
    ['is not of zeros', `${'11'.repeat(3)}80${'00'.repeat(11)}01`, { ok: false, why: 'padding' }],
    ['is longer than a block', `80${'00'.repeat(31)}`, { ok: false, why: 'padding' }],
  ])('take data under a valid MAC by its padding: one that %s', (_, text, expected) => {
    const iv = chain.map((byte) => byte ^ 0xff);
    const sealing = createCipheriv('aes-128-cbc', keys.enc, iv).setAutoPadding(false);
    const carried = Uint8Array.from(sealing.update(fromHex(text)));
    const security = { type: 0x18, data: new Uint8Array(0) };
    const draft = { ...frame(0, 'crc'), security, data: Uint8Array.of(...carried, 0, 0, 0, 0) };
    const wire = encodeFrame(draft);
    const mac = macOf(keys, chain, wire.subarray(1, wire.length - 6));
    const data = Uint8Array.of(...carried, ...mac.subarray(0, 4));
    expect(openFrame(keys, chain, { ...draft, data })).toMatchObject(expected);
  });
});
