import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, type Frame, frameScanner, parseFrame } from '../../../src/panel/elk-m1/frame.ts';
import { vectors, wire } from './vectors.ts';

const parsed = (bytes: Uint8Array): Frame => {
  const found = parseFrame(bytes);
  if (found.type !== 'frame') throw new Error(found.type);
  expect(found.size).toBe(bytes.length);
  return found.frame;
};

describe('frames', () => {
  test.each(vectors)('read and rewritten: $frame', ({ frame }) => {
    expect(Buffer.from(encodeFrame(parsed(wire(frame)))).toString('latin1')).toBe(`${frame}\r\n`);
    expect(encodeFrame(parsed(wire(frame, '\n')))).toEqual(wire(frame));
  });

  test.each(vectors)('refused with any single bit flipped: $frame', ({ frame }) => {
    const good = wire(frame);
    for (let at = 0; at < good.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bad = good.slice();
        bad[at] = (bad[at] ?? 0) ^ (1 << bit);
        expect(frameScanner().push(bad), `byte ${at} bit ${bit}`).toEqual([]);
      }
    }
  });

  test('only upper-case hex counts, in the length as in the checksum', () => {
    expect(parseFrame(wire('1eAS000000001111111100000000000E')).type).toBe('skip');
    expect(parseFrame(wire('1EAS000000001111111100000000000e')).type).toBe('skip');
  });
});

describe('a stream', () => {
  const good = vectors.map(({ frame }) => frame);
  const found = (chunks: readonly Uint8Array[]): string[] => {
    const scanner = frameScanner();
    return chunks
      .flatMap((chunk) => scanner.push(chunk))
      .map((frame) => Buffer.from(encodeFrame(frame)).toString('latin1').trimEnd());
  };

  test('is cut anywhere, and gives the same frames', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const all = wire(good.join('\r\n'));
        const chunks: Uint8Array[] = [];
        for (let at = 0, n = 0; at < all.length; n++) {
          const size = sizes[n % sizes.length] ?? 1;
          chunks.push(all.subarray(at, at + size));
          at += size;
        }
        expect(found(chunks)).toEqual(good);
      }),
      { numRuns: 50 },
    );
  });

  test('noise before a frame never costs the frame, on the same line or another', () => {
    for (const noise of ['\xff\x00', '06', '1EAS0000', '\r\n\n', '06as0067\r\n', 'FF', 'Username: ']) {
      expect(found([wire(`${noise}0Cua0000000037`)]), JSON.stringify(noise)).toEqual(['0Cua0000000037']);
    }
  });

  test('noise without an end is not kept', () => {
    const scanner = frameScanner();
    scanner.push(wire('F'.repeat(5000), ''));
    expect(scanner.push(wire('06as0066'))).toHaveLength(1);
  });

  test('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(Array.isArray(frameScanner().push(bytes))).toBe(true);
      }),
    );
  });
});
