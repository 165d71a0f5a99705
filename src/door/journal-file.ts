import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The disk, as the journal needs it. Every call may reject. */
export interface JournalFiles {
  /** The whole file; null when there is none. */
  read(path: string): Promise<Uint8Array | null>;
  /** Opens an existing file to write at its end. */
  extend(path: string): Promise<JournalHandle>;
  /** Makes an empty file, in place of one of that name. */
  create(path: string): Promise<JournalHandle>;
  rename(from: string, to: string): Promise<void>;
  /** Makes renames in the directory of this file durable. */
  syncDirectoryOf(path: string): Promise<void>;
}

export interface JournalHandle {
  /** Writes all of the bytes at the end. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was written is on the disk (fdatasync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

async function handle(path: string, flags: 'a' | 'w'): Promise<JournalHandle> {
  const file = await open(path, flags, 0o600);
  return {
    async write(bytes) {
      let at = 0;
      while (at < bytes.length) at += (await file.write(bytes, at)).bytesWritten;
    },
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

export const diskJournalFiles: JournalFiles = {
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  },
  extend: (path) => handle(path, 'a'),
  create: (path) => handle(path, 'w'),
  rename,
  async syncDirectoryOf(path) {
    const directory = await open(dirname(path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};
