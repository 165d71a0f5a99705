import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksum, crc16 } from '../../../src/reader/osdp/crc.ts';
import { encodeFrame, type Frame, parseFrame } from '../../../src/reader/osdp/frame.ts';
import { frameScanner } from '../../../src/reader/osdp/scanner.ts';
import { checkVectors, fromHex, toHex, vectors } from './vectors.ts';

const packet = (hex: string): Uint8Array => fromHex(hex).subarray(1);

describe('checks', () => {
  it.each(checkVectors)('of $bytes', (vector) => {
    const bytes = fromHex(vector.bytes);
    if (vector.sum !== undefined) expect(checksum(bytes)).toBe(Number.parseInt(vector.sum, 16));
    else if (vector.crcLE !== undefined) {
      expect(toHex(Uint8Array.of(crc16(bytes) & 0xff, crc16(bytes) >> 8))).toBe(vector.crcLE);
    } else expect(crc16(bytes).toString(16)).toBe(vector.crcValue);
  });
});

describe('frames', () => {
  it.each(vectors)('read and rewritten: $title', (vector) => {
    const parsed = parseFrame(packet(vector.hex));
    if (parsed.type !== 'frame') throw new Error(parsed.type);
    const { frame } = parsed;
    expect(frame).toMatchObject({
      address: 1,
      reply: vector.dir === 'pd',
      sequence: vector.sqn,
      check: vector.check === 'sum' ? 'checksum' : 'crc',
      code: vector.code,
    });
    expect(frame.security?.type ?? null).toBe(vector.scs === null ? null : Number(vector.scs));
    if (vector.scs === null) expect(toHex(frame.data)).toBe(vector.data);
    expect(toHex(encodeFrame(frame))).toBe(vector.hex);
  });

  it('knows the address of everybody', () => {
    const parsed = parseFrame(packet('ff53ff0800044026d4'));
    expect(parsed).toMatchObject({ type: 'frame', frame: { address: 0x7f, reply: true } });
  });

  it.each(vectors)('refused with any bit or byte flipped: $title', ({ hex }) => {
    const good = packet(hex);
    const flips = [1, 2, 4, 8, 16, 32, 64, 128, 0xff];
    for (let at = 0; at < good.length; at++) {
      for (const flip of flips) {
        const bad = good.slice();
        bad[at] = (bad[at] ?? 0) ^ flip;
        expect(parseFrame(bad).type, `byte ${at} ^ ${flip}`).not.toBe('frame');
      }
    }
  });

  it('asks for the whole length as soon as the header is there', () => {
    const good = packet('ff53811000055000011a000606c0406bec');
    expect(parseFrame(good.subarray(0, 4))).toEqual({ type: 'need_more', size: null });
    expect(parseFrame(good.subarray(0, 5))).toEqual({ type: 'need_more', size: 16 });
    expect(parseFrame(good.subarray(0, 15))).toEqual({ type: 'need_more', size: 16 });
  });

  it('drops one byte only of what proves bad', () => {
    expect(parseFrame(fromHex('5353810800'))).toEqual({ type: 'skip', count: 1, why: 'bad_header' });
    expect(parseFrame(fromHex('5381080005403936'))).toEqual({ type: 'skip', count: 1, why: 'bad_check' });
    expect(parseFrame(fromHex('ffff0053'))).toEqual({ type: 'skip', count: 3, why: 'not_a_start' });
  });

  it.each([
    ['too short to hold a code', '5381070004f1f1'],
    ['longer than any frame', '5381a10504'],
    ['with reserved control bit 4', '538108001440'],
    ['with reserved control bit 5', '538108002440'],
    ['with reserved control bit 6', '538108004440'],
    ['with reserved control bit 7', '538108008440'],
  ])('refuses a header %s', (_, hex) => {
    expect(parseFrame(fromHex(hex))).toMatchObject({ type: 'skip', why: 'bad_header' });
  });

  it('refuses a security block that does not fit, although the check is right', () => {
    for (const block of [0, 1, 9]) {
      const body = Uint8Array.of(0x53, 0x81, 10, 0, 0x0c, block, 0x16, 0x40);
      const crc = crc16(body);
      const wire = Uint8Array.of(...body, crc & 0xff, crc >> 8);
      expect(parseFrame(wire)).toMatchObject({ type: 'skip', why: 'bad_header' });
    }
  });
});

const frames: fc.Arbitrary<Frame> = fc.record({
  address: fc.integer({ min: 0, max: 0x7f }),
  reply: fc.boolean(),
  sequence: fc.integer({ min: 0, max: 3 }),
  check: fc.constantFrom('crc' as const, 'checksum' as const),
  security: fc.oneof(
    fc.constant(null),
    fc.record({ type: fc.integer({ min: 0x11, max: 0x18 }), data: fc.uint8Array({ maxLength: 2 }) }),
  ),
  code: fc.integer({ min: 0, max: 255 }),
  data: fc.uint8Array({ maxLength: 60 }),
});
/** Cuts bytes into chunks of the lengths given, in turn. */
function chunks(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length] ?? 1;
    cut.push(bytes.subarray(at, at + length));
    at += length;
  }
  return cut;
}
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

describe('a stream of frames', () => {
  it('is read the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 6 }), cuts, (sent, lengths) => {
        const scanner = frameScanner();
        const wire = Uint8Array.from(sent.flatMap((frame) => [...encodeFrame(frame)]));
        const seen = chunks(wire, lengths).flatMap((chunk) => scanner.push(chunk));
        expect(seen).toEqual(sent);
      }),
    );
  });

  it('never loses a good frame to the noise before it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        frames.map((frame): Frame => ({ ...frame, check: 'crc' })),
        cuts,
        (noise, frame, lengths) => {
          const scanner = frameScanner();
          const wire = Uint8Array.from([...noise, ...encodeFrame(frame)]);
          const seen = chunks(wire, lengths).flatMap((chunk) => scanner.push(chunk));
          expect([...seen, ...scanner.stalled()]).toContainEqual(frame);
        },
      ),
    );
  });

  it('never loses a good frame to a false start with a credible length', () => {
    const scanner = frameScanner();
    const good = fromHex('ff53811000055000011a000606c0406bec');
    expect(scanner.push(Uint8Array.from([0x53, 0x81, 0x40, 0x00, 0x04, ...good]))).toEqual([]);
    expect(scanner.awaited()).toBe(0x40);
    expect(scanner.stalled()).toMatchObject([{ code: 0x50 }]);
    expect(scanner.awaited()).toBeNull();
  });

  it('holds nothing of a frame cut short once it has stalled', () => {
    fc.assert(
      fc.property(frames, fc.nat({ max: 200 }), frames, (first, cut, second) => {
        const scanner = frameScanner();
        const wire = encodeFrame(first);
        scanner.push(wire.subarray(0, cut % wire.length));
        scanner.stalled();
        expect(scanner.push(encodeFrame(second))).toEqual([second]);
      }),
    );
  });

  it('forgets what it holds when the line is cleared', () => {
    const scanner = frameScanner();
    scanner.push(fromHex('ff538110000550'));
    scanner.clear();
    expect(scanner.push(fromHex('ff5381080005403935'))).toMatchObject([{ code: 0x40 }]);
  });

  it('tells of damage once, and takes silence and marks for none', () => {
    const scanner = frameScanner();
    scanner.push(fromHex('ffff00ff'));
    expect(scanner.takeDamage()).toBe(false);
    scanner.push(fromHex('5381080005403936'));
    expect(scanner.takeDamage()).toBe(true);
    expect(scanner.takeDamage()).toBe(false);
    // One that was cut short is damaged too, once it is sure that no more of it comes.
    scanner.push(fromHex('538108000540'));
    expect(scanner.takeDamage()).toBe(false);
    scanner.stalled();
    expect(scanner.takeDamage()).toBe(true);
  });
});
