import type { Cancel, Clock } from '../core/clock.ts';
import type { JournalFiles, JournalHandle } from './journal-file.ts';
import { frameEntry, frameSize } from './journal-record.ts';

/** Brings the journal's entries to the disk: one write and one sync in flight. */
export interface JournalWriter {
  /** Synced about 100 ms from now at the latest, if the disk works. Never fails. */
  put(text: string): void;
  /** True once it is on the disk; false after `withinMs`, and then it is not written later by itself. */
  putDurably(text: string, withinMs: number): Promise<boolean>;
  /** Writes what waits without gathering more. */
  hurry(): void;
  /** Fewer bytes of the file matter than before: perhaps it is time to rewrite it. */
  shrunk(): void;
  /** Writes what waits, once, and closes the file. */
  close(): Promise<void>;
}

/** What the writer asks of the journal in memory, which is the whole truth. */
export interface JournalMemory {
  /** All entries that matter now, head first: what a new file is made of. */
  texts(): string[];
  /** How many bytes of the file still matter. */
  live(): number;
  /** Names the newest entry. */
  mark(): number;
  /** Everything up to this mark is on the disk. */
  synced(mark: number): void;
  /** The disk failed; it is tried again. */
  trouble(error: unknown): void;
}

/** With a sync that takes as long again, an entry is on the disk 100 ms after it happened. */
const gatherMs = 50;
const firstRetryMs = 1_000;
const lastRetryMs = 30_000;
/** One write is at most about this long, so that making it does not stall the doors. */
const chunkBytes = 256 * 1024;
/** A file is rewritten when more of it is waste than this, and more than half. */
const wasteBytes = 256 * 1024;
/** More than this many entries waiting for a disk that does not answer are not kept twice: a new file is made instead. */
const longestLog = 10_000;

/**
 * @param start the file to write to and its size; null makes a new one from memory
 * @param aside rename what is there now to this name before the first new file takes its place
 */
export function journalWriter(
  files: JournalFiles,
  path: string,
  clock: Clock,
  memory: JournalMemory,
  start: { handle: JournalHandle; bytes: number } | null,
  aside: string | null,
): JournalWriter {
  let file: { handle: JournalHandle; bytes: number } | null = start;
  let log: { text: string }[] = [];
  const waiters = new Set<() => void>();
  let work: Promise<void> | null = null;
  let timer: Cancel | null = null;
  let retryMs = firstRetryMs;
  let closed = false;
  let behind = false;

  const wasteful = (): boolean =>
    file !== null && (behind || file.bytes - memory.live() > Math.max(wasteBytes, memory.live()));
  const needed = (): boolean => file === null || log.length > 0 || wasteful();

  function schedule(ms: number): void {
    if (work !== null || timer !== null || closed) return;
    timer = clock.after(ms, now);
  }
  function now(): void {
    timer?.();
    timer = null;
    if (work === null && !closed && needed()) work = run();
  }
  function enter(entry: { text: string }): void {
    // Without a file, memory is what the next one is made of.
    if (file === null && work === null) return;
    behind ||= log.length >= longestLog;
    if (behind) log = [];
    else log.push(entry);
  }

  async function run(): Promise<void> {
    let failed = false;
    try {
      while (needed()) {
        const mark = memory.mark();
        const served = [...waiters];
        if (file === null || wasteful()) file = await rewritten(file);
        else await appendLog(file);
        memory.synced(mark);
        for (const serve of served) serve();
        retryMs = firstRetryMs;
      }
    } catch (error) {
      failed = true;
      // What a failed sync has left in the file is unknown: only a new file, made from memory, is sound.
      const lost = file;
      file = null;
      log = [];
      await lost?.handle.close().catch(() => {});
      memory.trouble(error);
    }
    work = null;
    if (!failed) return;
    schedule(retryMs);
    retryMs = Math.min(2 * retryMs, lastRetryMs);
  }

  async function appendLog(to: { handle: JournalHandle; bytes: number }): Promise<void> {
    const entries = log;
    log = [];
    for (const chunk of chunks(entries.map(({ text }) => text))) {
      await to.handle.write(chunk);
      to.bytes += chunk.length;
    }
    await to.handle.sync();
  }

  async function rewritten(
    old: { handle: JournalHandle } | null,
  ): Promise<{ handle: JournalHandle; bytes: number }> {
    const texts = memory.texts();
    log = [];
    behind = false;
    const handle = await files.create(`${path}.new`);
    try {
      let bytes = 0;
      for (const chunk of chunks(texts)) {
        await handle.write(chunk);
        bytes += chunk.length;
      }
      await handle.sync();
      if (aside !== null) await files.rename(path, aside).catch(() => {});
      aside = null;
      await files.rename(`${path}.new`, path);
      await files.syncDirectoryOf(path);
      await old?.handle.close().catch(() => {});
      return { handle, bytes };
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
  }

  if (file === null) now();
  return {
    put(text) {
      enter({ text });
      schedule(gatherMs);
    },
    putDurably(text, withinMs) {
      const entry = { text };
      enter(entry);
      return new Promise((resolve) => {
        const settle = (durable: boolean): void => {
          cancel();
          waiters.delete(serve);
          if (!durable) log = log.filter((other) => other !== entry);
          resolve(durable);
        };
        const cancel = clock.after(withinMs, () => settle(false));
        const serve = (): void => settle(true);
        waiters.add(serve);
        now();
      });
    },
    hurry: now,
    shrunk() {
      if (wasteful()) schedule(gatherMs);
    },
    async close() {
      await work;
      now();
      await work;
      closed = true;
      timer?.();
      await file?.handle.close().catch(() => {});
    },
  };
}

function* chunks(texts: readonly string[]): Generator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for (const text of texts) {
    gathered.push(frameEntry(text));
    bytes += frameSize(text);
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
