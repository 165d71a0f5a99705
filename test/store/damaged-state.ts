import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveKeys } from '../../src/door/site-key.ts';
import type { Commit, FeedEntry, Store } from '../../src/schema/storage.ts';
import { type GuardedStore, type GuardParts, openGuardedStore } from '../../src/store/guarded-store.ts';
import { userRecord } from '../contract/store.ts';
import { virtualClock } from '../support/virtual-clock.ts';

export const keys = deriveKeys(createHash('sha256').update('damage').digest());

/** Users that are in the tables of LevelDB, and those that are still in its log. */
export const inTables = 6_000;
export const inLog = 500;

/** The guard over a state directory; nobody at the doors unless said. */
export function guarded(stateDir: string, more: Partial<GuardParts> = {}): Promise<GuardedStore> {
  return openGuardedStore({
    stateDir,
    headKey: keys.head,
    clock: virtualClock(),
    newId: () => 'the-database',
    doors: null,
    mayOpen: () => Promise.resolve(true),
    knownAtDoors: () => Promise.resolve([]),
    headLags: () => {},
    ...more,
  });
}

export async function opened(stateDir: string, more: Partial<GuardParts> = {}): Promise<Store> {
  const found = await guarded(stateDir, more);
  if (found.kind === 'damaged') throw new Error(found.damage.faults.join('; '));
  return found.store;
}

/** A change of one user, as the admin process writes it. */
export function added(n: number): Commit {
  const after = userRecord(n);
  const entry: Omit<FeedEntry, 'seq'> = {
    id: `event-${n}`,
    type: 'user.created',
    time: after.created_at,
    resource: `user/${after.id}`,
    revision: 1,
    data: { ...after },
  };
  return { changes: [{ kind: 'user', id: after.id, before: null, after }], feed: [entry] };
}

/** A state directory whose database was closed in order: some of it in tables, some in the log. */
export async function filledState(): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'postern-damage-'));
  const first = await opened(stateDir);
  for (let from = 0; from < inTables; from += 250) {
    await Promise.all(Array.from({ length: 250 }, (_, n) => first.commit(added(from + n))));
  }
  await first.close();
  const second = await opened(stateDir);
  await Promise.all(Array.from({ length: inLog }, (_, n) => second.commit(added(inTables + n))));
  await second.close();
  return stateDir;
}

export async function copyOf(stateDir: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'postern-damaged-'));
  await cp(stateDir, copy, { recursive: true });
  return copy;
}

export const ways = ['cut', 'flipped', 'emptied', 'deleted'] as const;
export type Way = (typeof ways)[number];

/** Damages a file as disks, power cuts and people do. */
export async function damage(path: string, way: Way): Promise<void> {
  const { size } = await stat(path);
  switch (way) {
    case 'cut':
      return truncate(path, size >> 1);
    case 'emptied':
      return truncate(path, 0);
    case 'deleted':
      return rm(path);
    case 'flipped': {
      const bytes = await readFile(path);
      const at = Math.min(size >> 1, size - 16);
      for (let i = Math.max(0, at); i < Math.max(0, at) + 16 && i < size; i++)
        bytes[i] = (bytes[i] ?? 0) ^ 0xff;
      return writeFile(path, bytes);
    }
  }
}

/** The largest file of the database with such a name. */
export async function databaseFile(stateDir: string, name: RegExp): Promise<string> {
  const directory = join(stateDir, 'database');
  const found = (await readdir(directory)).filter((file) => name.test(file));
  const sized = await Promise.all(
    found.map(async (file) => ({ file, size: (await stat(join(directory, file))).size })),
  );
  const [largest] = sized.sort((a, b) => b.size - a.size);
  if (largest === undefined) throw new Error(`no file like ${name}`);
  return join(directory, largest.file);
}

/** Every file of a directory by name, with a hash of what it holds; LevelDB's own notes left out. */
export async function contents(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) => !/^(LOCK|LOG|LOG\.old)$/.test(name)).sort();
  const hashed = names.map(async (name) => {
    const bytes = await readFile(join(directory, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(hashed));
}
