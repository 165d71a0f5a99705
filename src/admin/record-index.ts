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

/** Finds the records of a user, in the order of their ids. */
export function indexByOwner<T extends Identified & { user_id: string }>() {
  const owned = new Map<string, readonly T[]>();
  return {
    of: (userId: string): readonly T[] => owned.get(userId) ?? [],
    replace(before: T | undefined, after: T | null): void {
      if (before !== undefined) {
        const left = (owned.get(before.user_id) ?? []).filter(({ id }) => id !== before.id);
        if (left.length === 0) owned.delete(before.user_id);
        else owned.set(before.user_id, left);
      }
      if (after !== null) {
        const all = [...(owned.get(after.user_id) ?? []), after];
        owned.set(
          after.user_id,
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
