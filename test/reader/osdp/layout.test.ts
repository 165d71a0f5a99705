import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../src/reader/osdp/frame.ts';
import { decodeCommand, decodeReply, encodeCommand, encodeReply } from '../../../src/reader/osdp/layout.ts';
import { fromHex, plainVectors, toHex } from './vectors.ts';

/** Further frames that the protocol sheet gives in its section 10. */
const more = [
  ['acurxsize', 'ff53010a00067ba005f09e', { size: 1440 }],
  ['keepactive', 'ff53010a0007a788130905', { ms: 5000 }],
  ['abort', 'ff5301080005a285ca', {}],
] as const;

describe('messages', () => {
  it.each(plainVectors)('reads and rewrites $title', ({ dir, code, data }) => {
    if (dir === 'cp') {
      const command = decodeCommand(code, fromHex(data));
      if (command === null) throw new Error('an unknown command');
      expect(encodeCommand(command)).toEqual({ code, data: fromHex(data) });
    } else {
      const reply = decodeReply(code, fromHex(data));
      if (reply === null) throw new Error('an unknown reply');
      expect(encodeReply(reply)).toEqual({ code, data: fromHex(data) });
    }
  });

  it.each(more)('reads and rewrites %s', (type, hex, value) => {
    const parsed = parseFrame(fromHex(hex).subarray(1));
    if (parsed.type !== 'frame') throw new Error(parsed.type);
    const command = decodeCommand(parsed.frame.code, parsed.frame.data);
    expect(command).toEqual({ type, value });
    if (command !== null) expect(toHex(encodeCommand(command).data)).toBe(toHex(parsed.frame.data));
  });

  it('gives fields their meaning, as the sheet describes them', () => {
    expect(decodeReply(0x50, fromHex('00011a000606c040'))).toEqual({
      type: 'raw',
      value: { reader: 0, format: 1, bit_count: 26, bits: fromHex('0606c040') },
    });
    expect(decodeReply(0x45, fromHex('ba0c009901040302010a0b0c'))).toMatchObject({
      value: { model: 0x99, version: 1, serial: 0x01020304, firmware_major: 10, firmware_build: 12 },
    });
    expect(decodeCommand(0x69, fromHex('000002050501001e000101000202'))).toMatchObject({
      value: [{ temporary: 2, temporary_on_color: 1, timer: 30, permanent: 1, on: 1, on_color: 2 }],
    });
    expect(decodeCommand(0x68, fromHex('00053200'))).toMatchObject({ value: [{ control: 5, timer: 50 }] });
    expect(decodeCommand(0x6e, fromHex('0100960000'))).toMatchObject({ value: { baud: 38_400 } });
  });

  it('takes a negative file transfer status as negative', () => {
    expect(decodeReply(0x7a, fromHex('010000feff0000'))).toMatchObject({ value: { status: -2 } });
  });

  it.each([
    ['a card that does not say how many bits it has', 0x50, '000106'],
    ['a key report that counts wrong', 0x53, '0002313233'],
    ['a capability cut short', 0x46, '010102020'.slice(0, 8)],
    ['an identity too long', 0x45, 'ba0c009901040302010a0b0c00'],
    ['a refusal without a code', 0x41, ''],
    ['a code nobody knows', 0x7f, ''],
  ])('refuses %s', (_, code, data) => {
    expect(decodeReply(code, fromHex(data))).toBeNull();
  });
});
