import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processCarrier } from '../link/process-carrier.ts';
import type { AdminProcess } from './supervisor.ts';

/**
 * On a small machine memory is dearer than the admin process's speed: with these it takes a third less at rest and half after a large
 * import, and answers as many requests.
 */
const smallHeap = ['--optimize-for-size', '--max-semi-space-size=2'];

/** Nice value of the admin process: whatever it does, the doors go first. */
const niceness = 10;

/**
 * Starts the admin process: the entry beside this folder, built or not, as this file is. It writes to our standard output
 * and error, and ends by itself within 1 s of losing us.
 */
export function forkAdmin(): AdminProcess {
  const entry = new URL(`../admin-main${extname(import.meta.url)}`, import.meta.url);
  const execArgv = [...process.execArgv, ...smallHeap];
  const child = fork(fileURLToPath(entry), [], { serialization: 'advanced', execArgv });
  let ended: ((how: string) => void) | null = null;
  let how: string | null = null;
  const end = (reason: string): void => {
    if (how !== null) return;
    how = reason;
    ended?.(reason);
  };
  child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `ended by ${signal}`));
  child.on('error', (error) => {
    // Also told when a running child cannot be reached; only one that never ran will not exit.
    if (child.pid === undefined) end(`could not be started: ${error.message}`);
  });
  if (child.pid !== undefined) lower(child.pid);
  return {
    carrier: processCarrier(child),
    onExit(fn) {
      ended = fn;
      if (how !== null) fn(how);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function lower(pid: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // It has ended already, which its exit tells.
  }
}
