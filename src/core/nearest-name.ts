/**
 * The known name that was probably meant, for an error message; null when none is near. Case, `-` and `_` do not count as
 * differences; the beginning, or the last part of a path, is enough (`Berlin` finds `Europe/Berlin`).
 */
export function nearestName(given: string, known: Iterable<string>): string | null {
  const wanted = plain(given.slice(0, 64));
  let best: string | null = null;
  let least = Math.max(1, Math.ceil(wanted.length / 3)) + 1;
  for (const name of known) {
    const candidate = plain(name);
    if (wanted.length > 2 && (candidate.endsWith(`/${wanted}`) || candidate.startsWith(wanted))) return name;
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const distance = editDistance(wanted, candidate);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

const plain = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/** Insertions, deletions, replacements and swaps of neighbours from one text to the other (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (older[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [older, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
