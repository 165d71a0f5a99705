/** Indexes over records in memory. Each takes the record before and after a change, so that undoing is the same step. */

interface Identified {
  id: string;
}

/** Finds the one record with a value; records whose value is null are not in it. */
export function indexByValue<T extends Identified>(read: (record: T) => string | null) {
  const found = new Map<string, T>();
  return {
    get: (value: string): T | undefined => found.get(value),
    replace(before: T | undefined, after: T | null): void {
      const old = before === undefined ? null : read(before);
      // Within one commit a value may already have passed on to another record.
      if (old !== null && found.get(old)?.id === before?.id) found.delete(old);
      const value = after === null ? null : read(after);
      if (value !== null && after !== null) found.set(value, after);
    },
  };
}

/** Finds the records that have a value among theirs. */
export function indexByValues<T extends Identified>(read: (record: T) => readonly string[]) {
  const found = new Map<string, Map<string, T>>();
  return {
    of: (value: string): Iterable<T> => found.get(value)?.values() ?? [],
    replace(before: T | undefined, after: T | null): void {
      for (const value of before === undefined ? [] : read(before)) {
        const all = found.get(value);
        all?.delete(before?.id ?? '');
        if (all?.size === 0) found.delete(value);
      }
      if (after === null) return;
      for (const value of read(after)) {
        const all = found.get(value);
        if (all === undefined) found.set(value, new Map([[after.id, after]]));
        else all.set(after.id, after);
      }
    },
  };
}

/** Finds the records of a group by a name within it. */
export function indexByGroup<T extends Identified, N>(
  groupOf: (record: T) => string,
  nameOf: (record: T) => N,
) {
  const groups = new Map<string, Map<N, T>>();
  const none: ReadonlyMap<N, T> = new Map();
  return {
    of: (group: string): ReadonlyMap<N, T> => groups.get(group) ?? none,
    replace(before: T | undefined, after: T | null): void {
      if (before !== undefined && after === null) groups.get(groupOf(before))?.delete(nameOf(before));
      if (after === null) return;
      const group = groups.get(groupOf(after));
      if (group === undefined) groups.set(groupOf(after), new Map([[nameOf(after), after]]));
      else group.set(nameOf(after), after);
    },
  };
}

/** Finds the records of an owner, in the order of their ids. */
export function indexByOwner<T extends Identified>(ownerOf: (record: T) => string) {
  const owned = new Map<string, readonly T[]>();
  return {
    of: (owner: string): readonly T[] => owned.get(owner) ?? [],
    replace(before: T | undefined, after: T | null): void {
      if (before !== undefined) {
        const left = (owned.get(ownerOf(before)) ?? []).filter(({ id }) => id !== before.id);
        if (left.length === 0) owned.delete(ownerOf(before));
        else owned.set(ownerOf(before), left);
      }
      if (after !== null) {
        const others = owned.get(ownerOf(after));
        // Most have one. A list that grows one by one would have room for sixteen more.
        const all = others === undefined ? [after] : others.concat(after);
        owned.set(
          ownerOf(after),
          all.sort((a, b) => (a.id < b.id ? -1 : 1)),
        );
      }
    },
  };
}

/** Where an id is, or belongs, in a sorted list. */
export function positionOf(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? '') < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds an id to a sorted list that does not hold it. Ids made later come later, so this is nearly always a push. */
export function insertId(ids: string[], id: string): void {
  ids.splice(positionOf(ids, id), 0, id);
}

/** Takes an id out of a sorted list that holds it. */
export function removeId(ids: string[], id: string): void {
  ids.splice(positionOf(ids, id), 1);
}
