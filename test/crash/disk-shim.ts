import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const source = join(import.meta.dirname, 'disk-shim.c');

/** Compiles the shim (gcc) into a directory, and gives the path of the library to preload. */
export function buildShim(directory: string): string {
  const library = join(directory, 'disk-shim.so');
  const built = spawnSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl', '-lpthread']);
  if (built.status !== 0) {
    throw new Error(
      `the disk shim needs gcc (apt-get install gcc libc6-dev): ${String(built.error ?? built.stderr)}`,
    );
  }
  return library;
}

/** Environment of a process whose files under `root` are traced. `kept` gets every file under its inode number. */
export function tracedDisk(library: string, root: string, trace: string, kept: string): NodeJS.ProcessEnv {
  mkdirSync(kept, { recursive: true });
  return { LD_PRELOAD: library, DISK_ROOT: root, DISK_TRACE: trace, DISK_INODES: kept, UV_USE_IO_URING: '0' };
}

/** A disk that fails when it is told to. */
export interface FaultyDisk {
  readonly env: NodeJS.ProcessEnv;
  /** `unsynced`: takes writes and fails to sync them. */
  now(kind: 'well' | 'full' | 'read_only' | 'broken' | 'unsynced'): void;
  /** How much longer each sync takes from now on, milliseconds. */
  slow(syncMs: number): void;
}

const kinds = ['well', 'full', 'read_only', 'broken', 'unsynced'] as const;

/** Environment of processes whose files under `root` are on such a disk. `control` is a file outside of it. */
export function faultyDisk(library: string, root: string, control: string): FaultyDisk {
  const words = new Int32Array(2);
  const write = (): void => writeFileSync(control, Buffer.from(words.buffer), { flag: 'r+' });
  writeFileSync(control, Buffer.alloc(8));
  return {
    env: { LD_PRELOAD: library, DISK_ROOT: root, DISK_FAULT: control, UV_USE_IO_URING: '0' },
    now(kind) {
      words[0] = kinds.indexOf(kind);
      write();
    },
    slow(syncMs) {
      words[1] = syncMs;
      write();
    },
  };
}
