/** What is to be looked at when (wall ms), by id. The next ones are found without a look at the others. */
export interface Agenda {
  /** Null: not at all any more. */
  set(id: string, at: number | null): void;
  at(id: string): number | null;
  /** Takes out what is due, the earliest first; of one instant, in the order in which they were set. */
  due(now: number): string[];
  /** When the next is due, be it past; null: nothing is planned. */
  next(): number | null;
}

interface Item {
  id: string;
  at: number;
  turn: number;
}

/** A heap, earliest on top. What was set anew or taken away stays in it as an item that counts for nothing, until it comes up or there are too many. */
export function agenda(): Agenda {
  const planned = new Map<string, Item>();
  let heap: Item[] = [];
  let turns = 0;

  const counts = (item: Item): boolean => planned.get(item.id) === item;
  const before = (a: Item, b: Item): number => a.at - b.at || a.turn - b.turn;
  function earlier(i: number, j: number): boolean {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && (b === undefined || before(a, b) < 0);
  }
  function swap(i: number, j: number): void {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  }
  function push(item: Item): void {
    heap.push(item);
    let i = heap.length - 1;
    for (let up = (i - 1) >> 1; i > 0 && earlier(i, up); up = (i - 1) >> 1) {
      swap(i, up);
      i = up;
    }
  }
  function pop(): void {
    swap(0, heap.length - 1);
    heap.pop();
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      const down = earlier(left + 1, left) ? left + 1 : left;
      if (!earlier(down, i)) return;
      swap(down, i);
      i = down;
    }
  }
  /** The earliest that still counts. */
  function top(): Item | undefined {
    for (let item = heap[0]; item !== undefined; item = heap[0]) {
      if (counts(item)) return item;
      pop();
    }
    return undefined;
  }

  return {
    set(id, at) {
      if (at === null) {
        planned.delete(id);
        return;
      }
      if (planned.get(id)?.at === at) return;
      turns += 1;
      const item = { id, at, turn: turns };
      planned.set(id, item);
      push(item);
      // A sorted list is a heap.
      if (heap.length > 2 * planned.size + 64) heap = heap.filter(counts).sort(before);
    },
    at: (id) => planned.get(id)?.at ?? null,
    due(now) {
      const ids: string[] = [];
      for (let item = top(); item !== undefined && item.at <= now; item = top()) {
        pop();
        planned.delete(item.id);
        ids.push(item.id);
      }
      return ids;
    },
    next: () => top()?.at ?? null,
  };
}
