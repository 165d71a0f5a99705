import { createHash } from 'node:crypto';
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
/** As lookup keys are: a hash, base64url. */
const lookupKey = (n: number): string => createHash('sha256').update(`${n}`).digest('base64url').slice(0, 22);
const change = fc.record({ key: fc.constantFrom(...keys), name: fc.option(fc.nat(3), { freq: 3 }) });

/** Places plus one, as they lie in the cells. */
const laid = ({ cells }: KeyIndex<Named>): number[] =>
  [...cells].filter((place, n) => n % 2 === 1 && place > 0);

function expectSame(index: KeyIndex<Named>, model: ReadonlyMap<string, Named>): void {
  expect(index.entries.length).toBe(model.size);
  expect(laid(index).sort((a, b) => a - b)).toEqual(index.entries.map((_, place) => place + 1));
  expect(4 * model.size).toBeLessThanOrEqual(index.cells.length);
  expect(keys.filter((key) => entryOf(index, key) !== (model.get(key) ?? null))).toEqual([]);
  expect(keys.filter((key) => placeOf(index, key) >= 0 !== model.has(key))).toEqual([]);
  const strangers = model.size === 0 ? [] : keys.filter((key) => !model.has(key));
  expect(strangers.filter((key) => index.entries[~placeOf(index, key)] === undefined)).toEqual([]);
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

  test('keys that all have one hash are told apart, whichever goes and comes back', () => {
    const alike = Array.from({ length: 200 }, (_, name) => ({ key: `same-${name}`, name }));
    fc.assert(
      fc.property(fc.shuffledSubarray(alike), fc.shuffledSubarray(alike), (gone, back) => {
        const index = keyIndex<Named>();
        const model = new Map(alike.map((entry) => [entry.key, entry]));
        for (const entry of alike) putEntry(index, entry);
        for (const { key } of gone) {
          removeKey(index, key);
          model.delete(key);
        }
        for (const entry of back) {
          putEntry(index, entry);
          model.set(entry.key, entry);
        }
        expect(alike.every(({ key }) => entryOf(index, key) === (model.get(key) ?? null))).toBe(true);
        expect(entryOf(index, 'same-')).toBeNull();
        expectSame(index, model);
      }),
      { numRuns: 20 },
    );
  });

  test('it takes the room of the most there were at once, however many come and go', () => {
    const index = keyIndex<Named>();
    const lost: number[] = [];
    for (let name = 0; name < 20_000; name++) {
      putEntry(index, { key: lookupKey(name), name });
      if (name < 8) continue;
      removeKey(index, lookupKey(name - 8));
      if (entryOf(index, lookupKey(name - 7))?.name !== name - 7) lost.push(name);
    }
    expect(lost).toEqual([]);
    expect(index.entries.length).toBe(8);
    expect(laid(index).length).toBe(8);
    expect(index.cells.length).toBe(4 * 16);
  });

  test('keys as they are lie close to where a search begins, and it compares one, found or not', () => {
    const index = keyIndex<Named>();
    let compared = 0;
    for (let name = 0; name < 5_000; name++) {
      const key = lookupKey(name);
      putEntry(index, {
        name,
        get key() {
          compared += 1;
          return key;
        },
      });
    }
    compared = 0;
    const found = Array.from({ length: 10_000 }, (_, n) => placeOf(index, lookupKey(n)));
    expect(compared).toBe(10_000);
    expect(found.map((place) => place >= 0)).toEqual(found.map((_, n) => n < 5_000));
    let runs = 0;
    let longest = 0;
    for (let cell = 1, run = 0; cell < index.cells.length; cell += 2) {
      run = index.cells[cell] === 0 ? 0 : run + 1;
      if (run === 1) runs += 1;
      longest = Math.max(longest, run);
    }
    expect(5_000 / runs).toBeLessThan(2);
    expect(longest).toBeLessThan(40);
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
