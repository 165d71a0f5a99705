import { readFileSync, writeFileSync } from 'node:fs';

/** What simulated readers keep while they are without power, as real ones do: the keys of their secure channels, by name. */
export interface ReaderMemory {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  /** Null: the reader has no key any more. */
  keep(reader: string, key: Uint8Array | null): void;
}

/** A memory in a file (mode 0600) of `{"reader": "key in hexadecimal"}`. A missing one is empty; throws for one that is none. */
export function readerMemory(path: string): ReaderMemory {
  const kept = new Map<string, string>(Object.entries(read(path)));
  return {
    keys: new Map([...kept].map(([name, key]) => [name, Uint8Array.from(Buffer.from(key, 'hex'))])),
    keep(reader, key) {
      if (key === null) kept.delete(reader);
      else kept.set(reader, Buffer.from(key).toString('hex'));
      writeFileSync(path, JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 });
    },
  };
}

function read(path: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
