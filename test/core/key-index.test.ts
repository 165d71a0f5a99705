import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  entryOf,
  type Keyed,
  type KeyIndex,
  keyIndex,
  placeOf,
  putEntry,
  removeKey,
} from '../../src/core/key-index.ts';

interface Named extends Keyed {
  name: number;
}

/** Many begin alike and so lie in one run; some are short, one is empty. */
const keys = [
  ...Array.from({ length: 40 }, (_, n) => `same-${n}`),
  ...Array.from({ length: 40 }, (_, n) => `${n}-other`),
  '',
  'k',
  '__proto__',
];
const change = fc.record({ key: fc.constantFrom(...keys), name: fc.option(fc.nat(3), { freq: 3 }) });

function expectSame(index: KeyIndex<Named>, model: ReadonlyMap<string, Named>): void {
  expect(index.entries.length).toBe(model.size);
  for (const key of keys) {
    const place = placeOf(index, key);
    expect(entryOf(index, key)).toBe(model.get(key) ?? null);
    expect(place >= 0).toBe(model.has(key));
    if (place < 0 && model.size > 0) expect(index.entries[~place]).toBeDefined();
  }
}

describe('the index of keys', () => {
  test('after any history it holds what a Map would, and somebody stands in for whoever is not there', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 150 }), (changes) => {
        const index = keyIndex<Named>();
        const model = new Map<string, Named>();
        for (const { key, name } of changes) {
          if (name === null) {
            removeKey(index, key);
            model.delete(key);
          } else {
            const entry = { key, name };
            putEntry(index, entry);
            model.set(key, entry);
          }
        }
        expectSame(index, model);
      }),
      { numRuns: 300 },
    );
  });

  test('it grows and is emptied again without losing any', () => {
    const index = keyIndex<Named>();
    const all = Array.from({ length: 5_000 }, (_, name) => ({ key: `key ${name} of many`, name }));
    for (const entry of all) putEntry(index, entry);
    expect(all.every((entry) => entryOf(index, entry.key) === entry)).toBe(true);
    for (const { key, name } of all) if (name % 2 === 0) removeKey(index, key);
    expect(all.every((entry) => entryOf(index, entry.key) === (entry.name % 2 === 0 ? null : entry))).toBe(
      true,
    );
    for (const { key } of all) removeKey(index, key);
    expect(index.entries).toEqual([]);
    expect(placeOf(index, 'anybody')).toBeLessThan(0);
  });

  test('who stands in is always the same for a key, and not the same for all', () => {
    const index = keyIndex<Named>();
    for (let name = 0; name < 100; name++) putEntry(index, { key: `key ${name}`, name });
    const strangers = Array.from({ length: 100 }, (_, n) => `${n * 977} stranger`);
    const places = strangers.map((key) => placeOf(index, key));
    expect(strangers.map((key) => placeOf(index, key))).toEqual(places);
    expect(new Set(places).size).toBeGreaterThan(30);
  });
});
