import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from './random.ts';

interface FileSeen {
  /** This much of it survives any power cut. */
  synced: number;
  /** Whether its own name does: a sync of a new file takes its name along, on ext4, xfs, btrfs and f2fs. */
  named: boolean;
}

type NameChange = { n: number } & (
  | { do: 'create'; inode: string; name: string }
  | { do: 'rename' | 'link'; from: string; to: string }
  | { do: 'remove'; name: string }
  | { do: 'mkdir'; name: string }
);

/**
 * Makes in `to` the disk that a power cut could have left of `from`, by the trace of the shim and the files it kept.
 *
 * Of each file what was synced is there, and of the rest nothing, a part, or as much of zeros or noise. In each directory changes of names
 * happen in their order, up to its last sync at least and to any later one at most, as a file system with a journal has it.
 * With `syncs` false nothing counts as synced that was not there before.
 */
export function cutPower(
  disk: { trace: string; kept: string; to: string; syncs: boolean },
  random: Random,
): void {
  const names = new Map<string, string>();
  const files = new Map<string, FileSeen>();
  const changes: NameChange[] = [];
  const syncedNames = new Map<string, number>();
  for (const line of readFileSync(disk.trace, 'utf8').split('\n').filter(Boolean)) {
    const [number = '', what, first = '', second = ''] = line.split(' ');
    const n = Number(number);
    switch (what) {
      case 'start':
        names.set(second, first);
        files.set(first, { synced: Number(number), named: true });
        break;
      case 'create':
        files.set(first, { synced: 0, named: false });
        changes.push({ n, do: 'create', inode: first, name: second });
        break;
      case 'sync': {
        const file = disk.syncs ? files.get(first) : undefined;
        if (file !== undefined)
          Object.assign(file, { synced: Math.max(file.synced, Number(second)), named: true });
        break;
      }
      case 'cut': {
        const file = files.get(first);
        if (file !== undefined) file.synced = Math.min(file.synced, Number(second));
        break;
      }
      case 'sync_names':
        if (disk.syncs) syncedNames.set(first, n);
        break;
      case 'rename':
      case 'link':
        changes.push({ n, do: what, from: first, to: second });
        break;
      case 'undone':
        changes.pop();
        break;
      case 'remove':
        changes.push({ n, do: 'remove', name: first });
        break;
      case 'mkdir':
        changes.push({ n, do: 'mkdir', name: first });
        break;
      default:
        throw new Error(`the trace holds what nobody writes: ${line}`);
    }
  }

  const reached = new Map<string, number>();
  const last = changes.at(-1)?.n ?? 0;
  const survives = ({ n, ...change }: NameChange): boolean => {
    const directory = dirname('to' in change ? change.to : change.name);
    const surely = syncedNames.get(directory) ?? 0;
    if (!reached.has(directory))
      reached.set(directory, random.among([surely, last, random.between(surely, last)]));
    return n <= (reached.get(directory) ?? 0);
  };
  for (const change of changes) {
    const stays = survives(change);
    switch (change.do) {
      case 'create':
        if (stays || files.get(change.inode)?.named === true) names.set(change.name, change.inode);
        break;
      case 'rename':
      case 'link':
        if (stays) move(names, change);
        break;
      case 'remove':
        if (stays) names.delete(change.name);
        break;
      case 'mkdir':
        if (stays) mkdirSync(join(disk.to, change.name), { recursive: true });
        break;
    }
  }
  for (const [name, inode] of names) {
    const place = join(disk.to, name);
    mkdirSync(dirname(place), { recursive: true });
    const whole = readFileSync(join(disk.kept, inode));
    writeFileSync(place, leftOf(whole, Math.min(files.get(inode)?.synced ?? 0, whole.length), random), {
      mode: 0o600,
    });
  }
}

/** A file, or a directory with all in it. */
function move(
  names: Map<string, string>,
  { do: how, from, to }: { do: 'rename' | 'link'; from: string; to: string },
): void {
  for (const [name, inode] of [...names]) {
    if (name !== from && !name.startsWith(`${from}/`)) continue;
    if (how === 'rename') names.delete(name);
    names.set(to + name.slice(from.length), inode);
  }
}

/** What is on a disk before the process that is traced begins: all of it durable. */
export function startTrace(disk: { from: string; trace: string; kept: string }): void {
  mkdirSync(disk.kept, { recursive: true });
  const lines: string[] = [];
  for (const entry of readdirSync(disk.from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const place = join(entry.parentPath, entry.name);
    const { ino, size } = statSync(place);
    linkSync(place, join(disk.kept, String(ino)));
    lines.push(`${size} start ${ino} ${place.slice(disk.from.length + 1)}`);
  }
  writeFileSync(disk.trace, lines.map((line) => `${line}\n`).join(''));
}

function leftOf(whole: Buffer, synced: number, random: Random): Buffer {
  const rest = whole.subarray(synced, random.between(synced, whole.length));
  const tail = random.among([
    () => Buffer.alloc(0),
    () => rest,
    () => Buffer.alloc(rest.length),
    () => Buffer.from(rest.map(() => random.between(0, 255))),
  ]);
  return Buffer.concat([whole.subarray(0, synced), tail()]);
}
