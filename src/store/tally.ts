import { hash } from 'node:crypto';

/** How many entries there are of a group, and the sum of their hashes: the same for the same entries in any order, and for no others. */
export interface Tally {
  count: number;
  /** Eight 16-bit sums, hexadecimal. */
  sum: string;
}

/** By group (`groupOf`); a group without entries is left out. */
export type Tallies = Readonly<Record<string, Tally>>;

/** Tallies that entries are added to and taken from. */
export interface TallyBook {
  /** @param hashed the entry's `entryHash` */
  add(key: string, hashed: string): void;
  remove(key: string, hashed: string): void;
  tallies(): Tallies;
}

/** What an entry counts as: a record by its kind, anything else by the first part of its key. */
export function groupOf(key: string): string {
  const [first = '', second = ''] = key.split('/', 2);
  return first === 'record' ? second : first;
}

/** First 16 bytes of SHA-256 of key and value, one character a byte. */
export const entryHash = (key: string, value: string): string =>
  hash('sha256', `${key}\n${value}`, 'binary').slice(0, 2 * lanes);

const lanes = 8;

/** A book that begins with what `before` counted. */
export function tallyBook(before: Tallies = {}): TallyBook {
  const all = new Map(Object.entries(before));
  /** Groups that change, open for it. */
  const book = new Map<string, { count: number; sums: Uint16Array }>();

  const change = (key: string, hashed: string, by: 1 | -1): void => {
    const group = groupOf(key);
    let tally = book.get(group);
    if (tally === undefined) {
      const { count, sum } = all.get(group) ?? none;
      tally = { count, sums: sumsOf(sum) };
      book.set(group, tally);
    }
    tally.count += by;
    for (let lane = 0; lane < lanes; lane++) {
      const part = hashed.charCodeAt(2 * lane) * 256 + hashed.charCodeAt(2 * lane + 1);
      tally.sums[lane] = (tally.sums[lane] ?? 0) + by * part;
    }
  };
  return {
    add: (key, hashed) => change(key, hashed, 1),
    remove: (key, hashed) => change(key, hashed, -1),
    tallies() {
      for (const [group, { count, sums }] of book) {
        if (count === 0 && sums.every((sum) => sum === 0)) all.delete(group);
        else all.set(group, { count, sum: textOf(sums) });
      }
      return Object.fromEntries(all);
    },
  };
}

/** A group whose entries are not those that should be there. Equal counts: some are altered. */
export interface Difference {
  group: string;
  should: number;
  found: number;
}

/** Where two tallies differ, by group. */
export function differences(should: Tallies, found: Tallies): Difference[] {
  return [...new Set([...Object.keys(should), ...Object.keys(found)])].sort().flatMap((group) => {
    const [a, b] = [should[group] ?? none, found[group] ?? none];
    return a.count === b.count && a.sum === b.sum ? [] : [{ group, should: a.count, found: b.count }];
  });
}

const none: Tally = { count: 0, sum: '0'.repeat(4 * lanes) };

const textOf = (sums: Uint16Array): string =>
  Array.from(sums, (sum) => sum.toString(16).padStart(4, '0')).join('');

const sumsOf = (text: string): Uint16Array =>
  Uint16Array.from({ length: lanes }, (_, lane) => Number.parseInt(text.slice(4 * lane, 4 * lane + 4), 16));
