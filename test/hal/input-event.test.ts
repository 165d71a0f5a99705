import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type InputNews, inputEvents, type RecordSize } from '../../src/hal/input-event.ts';
import { dropped, pressed, record, recorded16, recorded24 } from './input-recorded.ts';

/** Of linux/input-event-codes.h. */
const [a, d, enter, shift, keypad7] = [30, 32, 28, 42, 71];
const stroke = (code: number) =>
  [
    [code, 1],
    [code, 0],
  ] as const;
const strokes = (...keys: (readonly [code: number, value: number])[]): InputNews[] =>
  keys.map(([code, value]) => ({ type: 'key', code, value }));
const recordings: [RecordSize, Uint8Array, InputNews[]][] = [
  [24, recorded24, strokes([shift, 1], ...stroke(d), [shift, 0], ...stroke(keypad7), ...stroke(enter))],
  [16, recorded16, strokes(...stroke(a), ...stroke(enter))],
];

test.each(recordings)(
  'records of %i bytes as a kernel gave them are read, wherever they are cut',
  (size, bytes, news) => {
    expect(inputEvents(size)(bytes)).toEqual(news);
    for (let at = 0; at <= bytes.length; at++) {
      const read = inputEvents(size);
      expect([...read(bytes.subarray(0, at)), ...read(bytes.subarray(at))]).toEqual(news);
    }
    const read = inputEvents(size);
    expect([...bytes].flatMap((byte) => read(Uint8Array.of(byte)))).toEqual(news);
  },
);

test('events that the kernel had no room for are told in their place', () => {
  const read = inputEvents(24);
  expect(read(Buffer.concat([record(1, a, 1), dropped, record(1, a, 2)]))).toEqual([
    ...strokes([a, 1]),
    { type: 'lost' },
    ...strokes([a, 2]),
  ]);
});

test('what is no event of any kernel counts as lost, not as a key', () => {
  expect(inputEvents(24)(record(0x20, a, 1))).toEqual([{ type: 'lost' }]);
  const misread = inputEvents(16)(recorded24);
  expect(misread).toContainEqual({ type: 'lost' });
});

test("lamps, sounds, axes and scan codes are nobody's", () => {
  for (const type of [2, 3, 4, 5, 0x11, 0x12, 0x14, 0x15, 0x1f])
    expect(inputEvents(24)(record(type, enter, 1))).toEqual([]);
});

test('any bytes, in any chunking, are read as in one, and never throw', () => {
  const size = fc.constantFrom<RecordSize>(16, 24);
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(fc.nat(0x21), fc.nat(0xffff), fc.integer({ min: -1, max: 3 })).map((event) => record(...event)),
  );
  fc.assert(
    fc.property(size, fc.array(chunk, { maxLength: 20 }), (size, chunks) => {
      const read = inputEvents(size);
      const news = chunks.flatMap((one) => read(one));
      const all = Buffer.concat(chunks);
      expect(news).toEqual(inputEvents(size)(all));
      expect(news.length).toBeLessThanOrEqual(all.length / size);
    }),
  );
});

test('keys typed after a half record are those keys once it is whole', () => {
  const read = inputEvents(24);
  const bytes = pressed(a);
  expect(read(bytes.subarray(0, 23))).toEqual([]);
  expect(read(bytes.subarray(23))).toEqual(strokes(...stroke(a)));
});
