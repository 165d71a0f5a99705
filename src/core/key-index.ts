/**
 * Entries by lookup key, in a dense list. A search reads as much whether it finds or not, so that the time it takes does not tell
 * whether the key is known: for nobody, somebody stands in. Found by an open table (linear probing, at most half full).
 */
export interface KeyIndex<T extends Keyed> {
  /** Two numbers for each cell, a power of two of them: the key's hash, and its place plus one; 0: the cell is free. */
  cells: Int32Array;
  readonly entries: T[];
}

export interface Keyed {
  readonly key: string;
}

export const keyIndex = <T extends Keyed>(): KeyIndex<T> => ({ cells: new Int32Array(2 * 16), entries: [] });

/**
 * The place of a key in `entries`. Of one that is nobody's, the complement (`~`) of the place of any, always the same for the same key
 * and entries: to be read in its stead.
 */
export function placeOf<T extends Keyed>({ cells, entries }: KeyIndex<T>, key: string): number {
  const hash = hashOf(key);
  const mask = cells.length - 2;
  let found = -1;
  // One whose hash is the same is taken at its word, unless there is another: one key is compared, found or not, and always here.
  for (let cell = (hash << 1) & mask; cells[cell + 1] !== 0; cell = (cell + 2) & mask) {
    if (cells[cell] !== hash) continue;
    if (found < 0 || entries[found]?.key !== key) found = (cells[cell + 1] ?? 0) - 1;
  }
  const place = found < 0 ? (hash >>> 1) % Math.max(1, entries.length) : found;
  return entries[place]?.key === key ? place : ~place;
}

/** Null: the key is nobody's. */
export function entryOf<T extends Keyed>(index: KeyIndex<T>, key: string): T | null {
  return index.entries[placeOf(index, key)] ?? null;
}

/** Puts an entry in place of the one with its key. */
export function putEntry<T extends Keyed>(index: KeyIndex<T>, entry: T): void {
  const place = placeOf(index, entry.key);
  if (place >= 0) {
    index.entries[place] = entry;
    return;
  }
  index.entries.push(entry);
  if (4 * index.entries.length > index.cells.length) grow(index);
  lay(index.cells, hashOf(entry.key), index.entries.length);
}

/** Removes a key; nothing happens when it is not there. The last entry takes its place. */
export function removeKey<T extends Keyed>({ cells, entries }: KeyIndex<T>, key: string): void {
  const place = placeOf({ cells, entries }, key);
  const last = entries.at(-1);
  if (place < 0 || last === undefined) return;
  const cell = cellOf(cells, hashOf(key), place);
  cells[cellOf(cells, hashOf(last.key), entries.length - 1) + 1] = place + 1;
  entries[place] = last;
  entries.pop();
  free(cells, cell);
}

/** Reads no entry: in a big index that would hold up a door. */
function grow<T extends Keyed>(index: KeyIndex<T>): void {
  const { cells } = index;
  index.cells = new Int32Array(2 * cells.length);
  for (let cell = 0; cell < cells.length; cell += 2) {
    const place = cells[cell + 1] ?? 0;
    if (place !== 0) lay(index.cells, cells[cell] ?? 0, place);
  }
}

/** @param place the place plus one */
function lay(cells: Int32Array, hash: number, place: number): void {
  const mask = cells.length - 2;
  let cell = (hash << 1) & mask;
  while (cells[cell + 1] !== 0) cell = (cell + 2) & mask;
  cells[cell] = hash;
  cells[cell + 1] = place;
}

function cellOf(cells: Int32Array, hash: number, place: number): number {
  const mask = cells.length - 2;
  let cell = (hash << 1) & mask;
  while (cells[cell + 1] !== place + 1) cell = (cell + 2) & mask;
  return cell;
}

/** What was laid further on because this cell was taken comes back, so that no search ends before it. */
function free(cells: Int32Array, cell: number): void {
  const mask = cells.length - 2;
  let hole = cell;
  for (let at = (hole + 2) & mask; cells[at + 1] !== 0; at = (at + 2) & mask) {
    const home = ((cells[at] ?? 0) << 1) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    cells.copyWithin(hole, at, at + 2);
    hole = at;
  }
  cells.fill(0, hole, hole + 2);
}

/** Keys are hashes in base64: five letters say enough, and more would take longer. */
function hashOf(key: string): number {
  const letters =
    key.charCodeAt(0) ^
    (key.charCodeAt(1) << 6) ^
    (key.charCodeAt(2) << 12) ^
    (key.charCodeAt(3) << 18) ^
    (key.charCodeAt(4) << 24);
  const mixed = Math.imul(letters, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 15);
}
