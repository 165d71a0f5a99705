import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventText, frameEntry, type JournalEntry, readEntries } from '../../src/door/journal-record.ts';

const head: JournalEntry = {
  entry: 'head',
  format: 1,
  journal_id: 'j',
  next_seq: 1,
  kept: { uses: [], lock_outs: [], panel_log: null, time: null, door_modes: [] },
};
const later = fc.oneof(
  fc.integer({ min: 1, max: 1e9 }).map((seq) => {
    const event = { time: seq, type: 'door.opened', resource: 'door/eingang süd', data: {} };
    return eventText(seq, JSON.stringify(event));
  }),
  fc
    .nat(9)
    .map((used) => JSON.stringify({ entry: 'use', user_id: 'u', credential_id: 'c', generation: 1, used })),
);
const texts = fc.array(later, { maxLength: 8 }).map((rest) => [JSON.stringify(head), ...rest]);
const fileOf = (all: readonly string[]): Buffer => Buffer.concat(all.map(frameEntry));

describe('journal records', () => {
  test('what is written is read, byte for byte to the end', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const file = fileOf(all);
        expect(readEntries(file)).toEqual({
          entries: all.map((text) => JSON.parse(text)),
          good: file.length,
        });
      }),
    );
  });

  test('a file cut anywhere, with zeros or noise behind the cut, gives its whole records and no other', () => {
    const tail = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(40).map((n) => new Uint8Array(n)),
    );
    fc.assert(
      fc.property(texts, fc.nat(), tail, (all, at, behind) => {
        const file = fileOf(all);
        const cut = at % (file.length + 1);
        const ends = all.map((_, i) => fileOf(all.slice(0, i + 1)).length).filter((end) => end <= cut);
        const read = readEntries(Buffer.concat([file.subarray(0, cut), behind]));
        // Noise may happen to repeat the very bytes that were cut off; what it must not do is invent others.
        expect(read.entries.slice(0, ends.length)).toEqual(
          all.slice(0, ends.length).map((text) => JSON.parse(text)),
        );
        expect(all.map((text) => JSON.parse(text))).toEqual(expect.arrayContaining(read.entries));
      }),
    );
  });

  test('a changed byte costs the record it is in and those behind it', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, at, change) => {
        const file = fileOf(all);
        const place = at % file.length;
        file[place] = (file[place] ?? 0) ^ change;
        const whole = all.filter((_, i) => fileOf(all.slice(0, i + 1)).length <= place);
        expect(readEntries(file).entries).toEqual(whole.map((text) => JSON.parse(text)));
      }),
    );
  });

  test('a file of a later format is not read, nor one without a head', () => {
    expect(readEntries(fileOf([JSON.stringify({ ...head, format: 2 })])).entries).toEqual([]);
    expect(readEntries(fileOf([eventText(1, '{}')])).entries).toEqual([]);
  });
});
