import { constants, fstatSync, mkdirSync, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import pino, { type Logger } from 'pino';
import { AppError } from './core/error.ts';
import type { Site } from './core/site.ts';

/**
 * Where a log is written, in the background: nobody waits for it, and nobody falls over it. Lines are lost rather than that: those for
 * which there is no room, and those that the disk refuses. The next one is tried anew.
 */
export interface LogOutput {
  write(lines: string): void;
  /** Calls `done` once all that was written so far is out, or lost; after a second at the latest, though nobody reads it. */
  flush(done?: () => void): void;
  /** One attempt, for the end of the process. */
  flushSync(): void;
}

/** What of `node:fs` is used, and what tries again later; a test has others. */
export interface LogWriting {
  write(
    fd: number,
    bytes: Buffer,
    done: (error: NodeJS.ErrnoException | null, written: number) => void,
  ): void;
  writeSync(fd: number, bytes: Buffer): number;
  soon(fn: () => void): void;
  /** Calls `fn` when nobody waits any longer for what is not out yet; the answer takes that back. */
  tooLate(fn: () => void): () => void;
}

/** Characters that may wait. */
const bufferSize = 1024 * 1024;
const retryMs = 100;
const patienceMs = 1_000;

const real: LogWriting = {
  write: (fd, bytes, done) => write(fd, bytes, done),
  writeSync: (fd, bytes) => writeSync(fd, bytes),
  soon: (fn) => void setTimeout(fn, retryMs).unref(),
  tooLate(fn) {
    const timer = setTimeout(fn, patienceMs);
    return () => clearTimeout(timer);
  },
};

/** The log of a process of this site. Throws `config_invalid` where its file cannot be opened. */
export function processLog({ log }: Pick<Site, 'log'>, name: 'door' | 'admin'): Logger {
  const output = logOutput(log.file === null ? standardOutput() : openLog(log.file));
  process.on('exit', output.flushSync);
  return pino({ level: log.level, base: { process: name } }, output);
}

/** Opens a log for appending, 0640, and makes its directory: at once, so that there is no moment at which it cannot be written. */
export function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'a', 0o640);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown cause';
    throw new AppError(
      'config_invalid',
      `the log ${file} cannot be opened (${code}): let the user that runs postern write there, or change [log] file`,
      { cause },
    );
  }
}

/**
 * Standard output in a way that never blocks, where there is one: a write to a pipe that is full and never read, or to a terminal that was
 * stopped, would keep its thread, and with it the process from ending. Opened anew rather than switched: others share the descriptor.
 */
export function standardOutput(fd = 1): number {
  const target = fstatSync(fd);
  if (!target.isFIFO() && !target.isCharacterDevice()) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // Somebody else's pipe or terminal.
    return fd;
  }
}

/** @param limit characters that may wait */
export function logOutput(fd: number, by: LogWriting = real, limit = bufferSize): LogOutput {
  let waiting: string[] = [];
  let size = 0;
  let busy = false;
  const waiters = new Set<() => void>();

  function take(): Buffer {
    const bytes = Buffer.from(waiting.join(''));
    waiting = [];
    size = 0;
    return bytes;
  }

  function next(): void {
    busy = waiting.length > 0;
    if (busy) send(take());
    else for (const done of [...waiters]) done();
  }

  function send(bytes: Buffer): void {
    by.write(fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') by.soon(() => send(bytes));
      else if (error === null && written < bytes.length) send(bytes.subarray(written));
      else next();
    });
  }

  return {
    write(lines) {
      if (size + lines.length > limit) return;
      waiting.push(lines);
      size += lines.length;
      if (!busy) next();
    },
    flush(done = () => {}) {
      const waiter = (): void => {
        takeBack();
        waiters.delete(waiter);
        done();
      };
      const takeBack = by.tooLate(waiter);
      waiters.add(waiter);
      if (!busy) next();
    },
    flushSync() {
      let bytes = take();
      try {
        while (bytes.length > 0) bytes = bytes.subarray(by.writeSync(fd, bytes));
      } catch {
        // Full, or nobody reads it: the process ends all the same.
      }
    },
  };
}
