import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { discardDirectory, storeDirectories } from './safety-copy.ts';

/** What repairs, new formats and restores have left in a state directory. The instant is ISO 8601 without its separators, UTC. */
const kinds = [/^database\.damaged-/, /^database\.format-\d+$/, /^before-restore-/];
const kept = 2;
const dayMs = 24 * 3_600_000;

/**
 * Removes the old copies of the database that nobody will ask for: all but the newest two of each kind, and none younger than a day. For
 * a start that has found nothing missing. Resolves with the names of those removed; rejects when one cannot be.
 * @param now wall milliseconds
 */
export async function removeOldCopies(stateDir: string, now: number): Promise<string[]> {
  const names = await readdir(stateDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const removed: string[] = [];
  for (const kind of kinds) {
    const copies = await Promise.all(
      names
        .filter((name) => kind.test(name))
        .map(async (name) => ({ name, at: timeIn(name) ?? (await stat(join(stateDir, name))).mtimeMs })),
    );
    for (const { name, at } of copies.sort((a, b) => b.at - a.at).slice(kept)) {
      if (now - at < dayMs) continue;
      await discardDirectory(storeDirectories(stateDir), join(stateDir, name));
      removed.push(name);
    }
  }
  return removed;
}

function timeIn(name: string): number | null {
  const match = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
  if (match === null) return null;
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest);
}
