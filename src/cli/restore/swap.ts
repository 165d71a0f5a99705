import { lchown, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { storeDirectories, syncDirectory } from '../../store/safety-copy.ts';

/** The doors' own copies of the table: a newer one than the restored must not open them. */
const tables = ['table.sealed', 'table.narrowed'];

/** Where a restored database is made, beside the present one: a rename puts it in place. */
export const buildDirectory = (stateDir: string): string => join(stateDir, 'restore.unfinished');

/**
 * Puts what was built in place of what is there, which is kept in a directory of that name. The head goes last: if this is cut short, head
 * and database do not fit together, and the next start says so.
 * @returns the directory that holds what was there; null: nothing was
 */
export async function swapIn(stateDir: string, aside: string): Promise<string | null> {
  const places = storeDirectories(stateDir);
  const built = storeDirectories(buildDirectory(stateDir));
  const kept = join(stateDir, aside);
  await mkdir(kept, { mode: 0o700 });
  const keep = (path: string): Promise<void> => rename(path, join(kept, basename(path))).catch(unlessMissing);
  for (const name of tables) await keep(join(stateDir, name));
  for (const path of [places.found, places.repaired, places.discarded, places.database]) await keep(path);
  await syncDirectory(stateDir);
  await rename(built.database, places.database);
  await syncDirectory(stateDir);
  await keep(places.headFile);
  await rename(built.headFile, places.headFile);
  await rm(built.state, { recursive: true });
  await syncDirectory(kept);
  await syncDirectory(stateDir);
  if ((await readdir(kept)).length > 0) return kept;
  await rm(kept, { recursive: true });
  return null;
}

/**
 * Run by root, a restore makes files that the daemon's user could not open: they go to whom the directory around them belongs. Links are
 * not followed: he who owns that directory can put some there, and would be given files of others.
 */
export async function giveToOwnerOf(directory: string, paths: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(directory);
  for (const path of paths) {
    await lchown(path, uid, gid);
    if (!(await lstat(path)).isDirectory()) continue;
    const inside = await readdir(path);
    await giveToOwnerOf(
      directory,
      inside.map((name) => join(path, name)),
    );
  }
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
