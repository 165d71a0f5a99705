import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  type Frame,
  fletcher16,
  parseFrame,
  type Wire,
} from '../../../src/panel/nx-584/frame.ts';
import { fromHex, vectors } from './vectors.ts';

const wires = ['ascii', 'binary'] as const;

/** All frames in a stream, however it is cut. */
function framesIn(chunks: readonly Uint8Array[], wire: Wire): Frame[] {
  const frames: Frame[] = [];
  let held = new Uint8Array(0);
  for (const chunk of chunks) {
    held = Uint8Array.from([...held, ...chunk]);
    for (let more = true; more; ) {
      const parsed = parseFrame(held, wire);
      more = parsed.type !== 'need_more';
      if (parsed.type === 'frame') frames.push(parsed.frame);
      if (parsed.type !== 'need_more') {
        held = held.slice(parsed.type === 'frame' ? parsed.size : parsed.count);
      }
    }
  }
  return frames;
}

describe('Fletcher-16', () => {
  it('runs as the document works it out', () => {
    expect(fletcher16(fromHex('0784097e10580100'))).toEqual([0x7c, 0xd1]);
  });
});

describe('frames of the document, of pynx584 and of captures', () => {
  it('are all there', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(35);
  });

  it.each(vectors)('are read and rewritten byte for byte: $meaning', (vector) => {
    for (const wire of wires) {
      const bytes = vector[wire];
      const parsed = parseFrame(bytes, wire);
      if (parsed.type !== 'frame') throw new Error(parsed.type);
      expect(parsed.size).toBe(bytes.length);
      const type = fromHex(vector.hex)[1] ?? 0;
      expect(parsed.frame).toMatchObject({ number: type & 0x3f, ack: type >= 0x80 });
      expect(Buffer.from(encodeFrame(parsed.frame, wire)).toString('hex')).toBe(
        Buffer.from(bytes).toString('hex'),
      );
    }
  });

  it.each(vectors)('are refused with any single bit flipped: $meaning', (vector) => {
    for (const wire of wires) {
      for (let bit = 0; bit < vector[wire].length * 8; bit++) {
        const bad = vector[wire].map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        expect(framesIn([bad], wire), `${wire} bit ${bit}`).toEqual([]);
      }
    }
  });
});

describe('a stream', () => {
  it('takes upper-case digits only', () => {
    const lower = Uint8Array.from(Buffer.from('\n011c1d1e\r', 'latin1'));
    expect(framesIn([lower], 'ascii')).toEqual([]);
  });

  it('a start byte begins a new frame wherever it comes', () => {
    const cutShort = Uint8Array.from([0x7e, 0x09, 0x86, 0x00, 0x7e, 0x01, 0x1d, 0x1e, 0x1f]);
    expect(framesIn([cutShort], 'binary')).toMatchObject([{ number: 0x1d }]);
    const ascii = Uint8Array.from(Buffer.from('\n098600\n011D1E1F\r', 'latin1'));
    expect(framesIn([ascii], 'ascii')).toMatchObject([{ number: 0x1d }]);
  });

  it.each([
    ['an escape before a byte that needs none', 'binary', '7e011d1e7d3f'],
    ['an empty message', 'binary', '7e000000'],
    ['digits beyond its length', 'ascii', Buffer.from('\n011D1E1F00\r', 'latin1').toString('hex')],
  ] as const)('refuses %s', (_, wire, hex) => {
    expect(framesIn([fromHex(hex)], wire)).toEqual([]);
  });

  const frames: fc.Arbitrary<Frame> = fc.record({
    number: fc.integer({ min: 0, max: 0x3f }),
    ack: fc.boolean(),
    data: fc.uint8Array({ maxLength: 20 }),
  });

  it('is read the same however it is cut, whatever noise is between its frames', () => {
    const noise = fc.uint8Array({ maxLength: 12 });
    const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.constantFrom(...wires),
        fc.array(fc.tuple(noise, frames), { minLength: 1, maxLength: 5 }),
        lengths,
        (wire, sent, cuts) => {
          const stream = sent.flatMap(([before, frame]) => [...before, ...encodeFrame(frame, wire)]);
          const chunks: Uint8Array[] = [];
          for (let at = 0, n = 0; at < stream.length; n++) {
            const length = cuts[n % cuts.length] ?? 1;
            chunks.push(Uint8Array.from(stream.slice(at, at + length)));
            at += length;
          }
          const seen = framesIn(chunks, wire);
          // The noise may by chance be a frame of its own.
          for (const [, frame] of sent) expect(seen).toContainEqual(frame);
        },
      ),
    );
  });
});
