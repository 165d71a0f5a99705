import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tracedDisk } from './disk-shim.ts';
import { cutPower, startTrace } from './power-cut.ts';
import { type PowerModel, powerModel } from './power-model.ts';
import type { Told } from './power-told.ts';
import { type Random, seeded } from './random.ts';

const workload = join(import.meta.dirname, 'power-workload.ts');

/**
 * Runs the workload on one disk that loses its power so many times, and judges what each life finds. Rejects with the seed and the cut at which
 * something was wrong.
 * @param lies the disk says that it has synced, and has not: then something must be wrong
 */
export async function powerChain(
  library: string,
  options: { seed: number; cuts: number; lies?: boolean },
): Promise<{ done: number }> {
  const random = seeded(options.seed);
  const place = mkdtempSync(join(tmpdir(), 'postern-power-'));
  const model = powerModel();
  let disk = join(place, 'disk-0');
  mkdirSync(disk);
  try {
    for (let cut = 1; cut <= options.cuts + 1; cut++) {
      const traced = { from: disk, trace: join(place, 'trace'), kept: join(place, 'kept') };
      startTrace(traced);
      const env = tracedDisk(library, disk, traced.trace, traced.kept);
      await life(disk, `${options.seed}-${cut}`, env, model, random, cut > options.cuts);
      const next = join(place, `disk-${cut}`);
      mkdirSync(next);
      cutPower({ ...traced, to: next, syncs: options.lies !== true }, random);
      for (const gone of [disk, traced.kept]) rmSync(gone, { recursive: true });
      disk = next;
    }
    return { done: model.done };
  } catch (error) {
    throw new Error(`seed ${options.seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** One life of the workload, from power to power cut. Now and then it ends before it has opened all; the `last` one ends when it has. */
async function life(
  disk: string,
  seed: string,
  env: NodeJS.ProcessEnv,
  model: PowerModel,
  random: Random,
  last: boolean,
): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', workload, disk, seed], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += String(text);
  });
  let killed = false;
  const kill = (): void => {
    killed = true;
    child.kill('SIGKILL');
  };
  const early = !last && random.chance(0.1) ? setTimeout(kill, random.between(300, 700)) : undefined;
  const patience = setTimeout(kill, 20_000);
  let left = last ? 0 : random.between(0, 150);
  let found = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as Told;
    model.hear(told);
    found ||= told.told === 'found';
    if (told.told === 'done' || last) left -= 1;
    if (left < 0 && !killed) kill();
  }
  clearTimeout(early);
  clearTimeout(patience);
  const [code, signal] = await closed;
  if (!killed) throw new Error(`the workload ended by itself (${signal ?? `exit code ${code}`}):\n${errors}`);
  if (!found && early === undefined) throw new Error('the workload found nothing in 20 s');
}
