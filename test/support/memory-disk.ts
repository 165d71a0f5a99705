import type { JournalFiles, JournalHandle } from '../../src/door/journal-file.ts';

interface Inode {
  bytes: Buffer;
  /** This much survives a power cut. */
  synced: number;
}

/** A disk in memory that knows what is synced, and can fail, hang and lose power. */
export interface MemoryDisk {
  /** The disk as a process sees it that lives until the next power cut: nothing it asks for afterwards ever happens. */
  mount(): JournalFiles;
  /** Every write, sync and rename fails from now on, or works again. */
  failing(on: boolean): void;
  /** Syncs begun from now on end when this is switched off. */
  hanging(on: boolean): void;
  /** Keeps of each file what was synced and up to `extra` bytes more, and undoes renames whose directory was not synced. */
  powerCut(extra: number): void;
  /** Changes one byte, counted from the start of the file. */
  flip(path: string, at: number): void;
  size(path: string): number;
  exists(path: string): boolean;
  readonly syncs: number;
}

export function memoryDisk(): MemoryDisk {
  let names = new Map<string, Inode>();
  let durable = new Map<string, Inode>();
  let fails = false;
  let hung: (() => void)[] | null = null;
  let life = 0;
  let syncs = 0;
  const check = async (mine: number): Promise<void> => {
    if (mine !== life) await new Promise(() => {});
    if (fails) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  const handle = (inode: Inode, mine: number): JournalHandle => {
    return {
      async write(bytes) {
        await check(mine);
        inode.bytes = Buffer.concat([inode.bytes, bytes]);
      },
      async sync() {
        const { length } = inode.bytes;
        if (hung !== null) await new Promise<void>((resolve) => hung?.push(resolve));
        await check(mine);
        syncs += 1;
        inode.synced = Math.max(inode.synced, length);
      },
      close: async () => {},
    };
  };
  const inodeOf = (path: string): Inode => {
    const inode = names.get(path);
    if (inode === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return inode;
  };
  const mount = (): JournalFiles => {
    const mine = life;
    return {
      async read(path) {
        await check(mine);
        return names.get(path)?.bytes ?? null;
      },
      async extend(path) {
        await check(mine);
        return handle(inodeOf(path), mine);
      },
      async create(path) {
        await check(mine);
        const inode = { bytes: Buffer.alloc(0), synced: 0 };
        names.set(path, inode);
        return handle(inode, mine);
      },
      async rename(from, to) {
        await check(mine);
        names.set(to, inodeOf(from));
        names.delete(from);
      },
      async syncDirectoryOf() {
        await check(mine);
        durable = new Map(names);
      },
    };
  };
  return {
    mount,
    failing(on) {
      fails = on;
    },
    hanging(on) {
      for (const go of hung ?? []) go();
      hung = on ? [] : null;
    },
    powerCut(extra) {
      life += 1;
      names = new Map(durable);
      for (const inode of names.values()) {
        inode.bytes = Buffer.from(inode.bytes.subarray(0, inode.synced + extra));
        inode.synced = inode.bytes.length;
      }
    },
    flip(path, at) {
      const { bytes } = inodeOf(path);
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    },
    size: (path) => inodeOf(path).bytes.length,
    exists: (path) => names.has(path),
    get syncs() {
      return syncs;
    },
  };
}

/** Lets everything that waits for a turn of the event loop have it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
}
