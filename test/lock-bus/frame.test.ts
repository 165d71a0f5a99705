import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  awaitedReplies,
  crc16,
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  intact,
  packBits,
  parse,
  type Request,
  rawHex,
} from '../../src/lock-bus/frame.ts';
import vectors from '../fixtures/modbus-locks.json' with { type: 'json' };

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (from: Uint8Array | null): string => Buffer.from(from ?? []).toString('hex');
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** All frames that a reader of one side finds, feeding it the chunks one after the other. */
function framesIn(chunks: Uint8Array[], side: 'request' | 'reply', request: Request | null = null): string[] {
  const found: string[] = [];
  let held: Uint8Array = new Uint8Array(0);
  for (const chunk of chunks) {
    held = join(held, chunk);
    for (
      let parsed = parse(held, side, request ? awaitedReplies(request) : []);
      parsed.type !== 'need_more';
    ) {
      if (parsed.type === 'frame') found.push(hex(parsed.frame));
      held = held.subarray(parsed.type === 'frame' ? parsed.frame.length : parsed.n);
      parsed = parse(held, side, request ? awaitedReplies(request) : []);
    }
  }
  return found;
}

test('the CRC of the standard’s check string is the published one', () => {
  expect(crc16(Buffer.from('123456789', 'latin1'))).toBe(0x4b37);
  expect(hex(bytes('1103006b0003').subarray())).toBe('1103006b0003');
  expect(crc16(bytes('1103006b0003'))).toBe(0x8776);
});

describe.each(vectors)('vector: $meaning', ({ request, reply }) => {
  test('both frames decode, and encode again to the same bytes', () => {
    const asked = decodeRequest(bytes(request));
    const answered = decodeReply(bytes(reply));
    expect(asked && hex(encodeRequest(asked))).toBe(request);
    expect(answered && hex(encodeReply(answered))).toBe(reply);
  });

  test('the reply has the head and length that its request makes us await, or is a refusal', () => {
    const asked = decodeRequest(bytes(request));
    const answer = bytes(reply);
    const awaited = asked && awaitedReplies(asked)[0];
    if ((answer[1] ?? 0) & 0x80) expect(answer).toHaveLength(5);
    else {
      expect(awaited?.size).toBe(answer.length);
      expect([...answer.subarray(0, awaited?.head.length)]).toEqual(awaited?.head);
    }
  });

  test('with any one byte changed neither is accepted', () => {
    for (const [frame, decode] of [
      [request, decodeRequest],
      [reply, decodeReply],
    ] as const) {
      for (let at = 0; at < frame.length / 2; at++) {
        for (const flip of [0x01, 0x80, 0xff]) {
          const damaged = bytes(frame);
          damaged[at] = (damaged[at] ?? 0) ^ flip;
          expect(decode(damaged)).toBeNull();
        }
      }
    }
  });
});

test('the meaning of the vectors is the documented one', () => {
  const [release] = vectors;
  expect(release && decodeRequest(bytes(release.request))).toEqual({
    unit: 1,
    fn: 'write_coil',
    body: { address: 0, value: 0xff00 },
  });
  expect(decodeReply(bytes('07830220f0'))).toEqual({ unit: 7, fn: 'read_holding', exception: 2 });
  expect(decodeReply(bytes('010101019048'))).toEqual({
    unit: 1,
    fn: 'read_coils',
    body: { values: packBits([true, false, false, false, false, false, false, false]) },
  });
});

const vector = fc.constantFrom(...vectors);
const noise = fc.uint8Array({ maxLength: 40 });

describe('the parser', () => {
  test('finds each frame once, however the bytes are split, merged or doubled', () => {
    fc.assert(
      fc.property(
        fc.array(vector, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (list, cuts) => {
          for (const side of ['request', 'reply'] as const) {
            const all = join(...list.map((each) => bytes(each[side])));
            const places = [0, ...cuts.map((cut) => cut % all.length).sort((a, b) => a - b), all.length];
            const chunks = places.slice(1).map((end, i) => all.slice(places[i], end));
            expect(framesIn(chunks, side)).toEqual(list.map((each) => each[side]));
          }
        },
      ),
    );
  });

  test('noise before the awaited reply never costs the reply', () => {
    fc.assert(
      fc.property(vector, noise, ({ request, reply }, before) => {
        const asked = decodeRequest(bytes(request));
        const found = framesIn([before, bytes(reply)], 'reply', asked);
        expect(found.at(-1)).toBe(reply);
      }),
      { numRuns: 500 },
    );
  });

  test('a cut-off reply before the awaited one never costs it either', () => {
    fc.assert(
      fc.property(vector, vector, fc.nat(), (cutOff, { request, reply }, n) => {
        const asked = decodeRequest(bytes(request));
        const whole = bytes(cutOff.reply);
        const head = whole.slice(0, n % whole.length);
        expect(framesIn([head, bytes(reply)], 'reply', asked).at(-1)).toBe(reply);
      }),
      { numRuns: 500 },
    );
  });

  test('noise alone yields no frame with a bad CRC, throws nothing, and is never held beyond the longest frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (from) => {
        for (const side of ['request', 'reply'] as const) {
          let held: Uint8Array = from;
          for (;;) {
            const parsed = parse(held, side);
            if (parsed.type === 'need_more') break;
            if (parsed.type === 'frame') expect(intact(parsed.frame)).toBe(true);
            held = held.subarray(parsed.type === 'frame' ? parsed.frame.length : parsed.n);
          }
          expect(held.length).toBeLessThan(256);
        }
      }),
    );
  });
});

test('hex for reports shows what a relay board says, never the content of registers', () => {
  expect(rawHex(bytes('01050000ff008c3a'))).toBe('01050000ff008c3a');
  expect(rawHex(bytes('071001000008100001000300070012345fffff0001123459cf'))).toBe('071001...');
});
