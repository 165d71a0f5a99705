import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilReally } from '../contract/line.ts';

/** Two serial devices joined by `socat`: what is written to one is read from the other. */
export interface PtyPair {
  near: string;
  far: string;
  /** The devices vanish, as an unplugged adapter's do; `join` brings them back. */
  part(): Promise<void>;
  join(): Promise<void>;
  dispose(): Promise<void>;
}

/** Ends a process that a test has started, and waits until it is gone. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Makes a pair in a directory of its own. Fails when `socat` is missing (Debian: apt-get install socat). */
export async function ptyPair(): Promise<PtyPair> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-pty-'));
  const [near, far] = [join(directory, 'near'), join(directory, 'far')];
  let socat: ChildProcess | null = null;
  let missing = false;
  const pair: PtyPair = {
    near,
    far,
    async join() {
      const ends = [near, far].map((link) => `pty,raw,echo=0,link=${link}`);
      socat = spawn('socat', ends, { stdio: 'ignore' });
      socat.once('error', () => {
        missing = true;
      });
      await untilReally(() => missing || (existsSync(near) && existsSync(far)), 'socat makes two devices');
      if (missing) throw new Error('socat is missing: apt-get install socat');
    },
    async part() {
      if (socat !== null) await ended(socat);
      rmSync(near, { force: true });
      rmSync(far, { force: true });
    },
    async dispose() {
      await pair.part();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await pair.join();
  return pair;
}
