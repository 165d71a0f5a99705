import { readdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
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
  const names = await readdir(stateDir).catch(unlessMissing);
  const removed: string[] = [];
  for (const kind of kinds) {
    const copies = await Promise.all(
      names
        .filter((name) => kind.test(name))
        .map(async (name) => ({ name, at: timeIn(name) ?? (await stat(join(stateDir, name))).mtimeMs })),
    );
    for (const name of outlived(copies, now)) {
      await discardDirectory(storeDirectories(stateDir), join(stateDir, name));
      removed.push(name);
    }
  }
  return removed;
}

/** The same of the files that restores have put aside as `PATH.before-restore-TIME`. */
export async function removeOldFiles(path: string, now: number): Promise<string[]> {
  const names = await readdir(dirname(path)).catch(unlessMissing);
  const aside = `${basename(path)}.before-restore-`;
  const dated = names.flatMap((name) => {
    const at = name.startsWith(aside) ? timeIn(name) : null;
    return at === null ? [] : [{ name, at }];
  });
  const removed = outlived(dated, now);
  for (const name of removed) await unlink(join(dirname(path), name));
  return removed;
}

function outlived(copies: readonly { name: string; at: number }[], now: number): string[] {
  const beyond = copies.toSorted((a, b) => b.at - a.at).slice(kept);
  return beyond.filter(({ at }) => now - at >= dayMs).map(({ name }) => name);
}

function unlessMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

function timeIn(name: string): number | null {
  const match = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
  if (match === null) return null;
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest);
}
