import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processCarrier } from '../link/process-carrier.ts';
import { lastWords } from './last-words.ts';
import type { AdminProcess } from './supervisor.ts';

/**
 * MiB of either half of the young generation. Requests that wait for the disk must not outlive a collection: with 1 MiB they do, and half
 * the time of a busy API goes into moving them. The heap beside it is kept small by the admin process itself (docs/decisions/0030-heap-of-the-admin-process.md).
 */
const youngHeap = 4;

/** One arena for all threads: each more that glibc makes keeps what a burst has left in it, a tenth of the whole after a large import. */
const oneArena = { MALLOC_ARENA_MAX: '1' };

/** MiB of heap at which V8 ends it, for another to be started: many times what a large import needs. */
const heapLimit = 512;

/** When the kernel is short of memory it ends the admin process first (0 to 1000; the door process has what its unit says). */
const sacrifice = '800';

/** Nice value of the admin process: whatever it does, the doors go first. */
const niceness = 10;

/**
 * Starts the admin process: the entry beside this folder, built or not, as this file is. It writes its log to our standard output,
 * and ends by itself within 1 s of losing us. Throws without memory for a process; what else hinders its start is told as its end.
 * @param said called with what it writes to standard error, line by line, masked; that is little but when it ends
 */
export function forkAdmin(said: (line: string) => void): AdminProcess {
  const entry = new URL(`../admin-main${extname(import.meta.url)}`, import.meta.url);
  const execArgv = [
    ...process.execArgv,
    `--min-semi-space-size=${youngHeap}`,
    `--max-semi-space-size=${youngHeap}`,
    `--max-old-space-size=${heapLimit}`,
  ];
  const stdio = ['ignore', 'inherit', 'pipe', 'ipc'] as const;
  const child = fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    execArgv,
    stdio: [...stdio],
    env: { ...process.env, ...oneArena },
  });
  const words = lastWords(said);
  let ended: ((how: string, lastWords: readonly string[]) => void) | null = null;
  let how: string | null = null;
  const end = (reason: string): void => {
    if (how !== null) return;
    how = reason;
    ended?.(reason, words.lines());
  };
  let exited: string | null = null;
  let silent = child.stderr === null;
  // Its last words may come after its exit, or before. The event `close`, which would wait for both, does not always come (Node 20: not
  // when the channel was disconnected and the pipe ended before the exit).
  const over = (): void => {
    if (exited !== null && silent) end(exited);
  };
  child.stderr?.on('data', words.heard);
  child.stderr?.on('close', () => {
    silent = true;
    over();
  });
  child.on('exit', (code, signal) => {
    exited = signal === null ? `exit code ${code}` : `ended by ${signal}`;
    over();
  });
  child.on('error', (error) => {
    // Also told when a running child cannot be reached; only one that never ran will not exit.
    if (child.pid === undefined) end(`could not be started: ${error.message}`);
  });
  if (child.pid !== undefined) lower(child.pid);
  return {
    carrier: processCarrier(child),
    onExit(fn) {
      ended = fn;
      if (how !== null) fn(how, words.lines());
    },
    kill() {
      // Of one that was not started Node would signal number 0, which is all of our own process group.
      if (child.pid !== undefined) child.kill('SIGKILL');
    },
  };
}

function lower(pid: number): void {
  try {
    setPriority(pid, niceness);
    writeFileSync(`/proc/${pid}/oom_score_adj`, sacrifice);
  } catch {
    // It has ended already, which its exit tells; or this system has no such thing.
  }
}
