import type { LockModel } from '../core/site.ts';
import type { Draft } from './draft.ts';
import type { Models } from './models.ts';
import type { Finding } from './problem.ts';
import { type Claim, repeatFindings } from './reference.ts';
import type { TomlPath } from './toml-position.ts';

/** Relays and inputs: within what the board has, and each wired to one thing. */
export function checkWiring(draft: Draft, models: Models): Finding[] {
  const findings: Finding[] = [];
  const inputs: Claim[] = [];
  const boards = new Map<string, { model: string; lock: string }>();
  for (const [name, lock] of draft.locks) {
    const model = models.relay_boards.get(lock.model ?? '');
    if (model !== undefined && lock.relay !== undefined && lock.relay >= model.relays) {
      findings.push({
        path: ['locks', name, 'relay'],
        message: beyond('relay', lock.relay, model.relays, model),
      });
    }
    for (const use of ['contact', 'exit_button', 'tamper'] as const) {
      const input = lock[use]?.input;
      if (input === undefined) continue;
      const path = ['locks', name, use, 'input'];
      if (model !== undefined && input >= model.inputs) {
        findings.push({ path, message: beyond('input', input, model.inputs, model) });
      }
      inputs.push(claim(lock.port, lock.unit, input + (model?.first_input ?? 0), path));
    }
    if (lock.port === undefined || lock.unit === undefined || lock.model === undefined) continue;
    const board = JSON.stringify([lock.port, lock.unit]);
    const other = boards.get(board) ?? { model: lock.model, lock: name };
    boards.set(board, other);
    if (other.model !== lock.model) {
      const message = `unit ${lock.unit} on port "${lock.port}" is a "${other.model}" for lock "${other.lock}"; one board has one model`;
      findings.push({ path: ['locks', name, 'model'], message });
    }
  }
  for (const [name, partition] of draft.partitions) {
    for (const use of ['disarmed_input', 'armed_input'] as const) {
      const input = partition[use];
      if (input === undefined) continue;
      inputs.push(claim(draft.panel?.port, draft.panel?.unit, input, ['panel', 'partitions', name, use]));
    }
  }
  return [...findings, ...repeatFindings(inputs), ...checkUnits(draft, models)];
}

/** A lock with a code table has its unit to itself. */
function checkUnits(draft: Draft, models: Models): Finding[] {
  const alone = [...draft.locks].filter(([, { model }]) => models.code_locks.has(model ?? ''));
  const units = alone.map(([name, { port, unit }]) => ({
    port,
    unit,
    path: ['locks', name, 'unit'],
  }));
  const panel = { port: draft.panel?.port, unit: draft.panel?.unit, path: ['panel', 'unit'] };
  return repeatFindings(
    [...units, panel].map(({ port, unit, path }) => ({
      key: port === undefined || unit === undefined ? null : JSON.stringify([port, unit]),
      path,
      say: (first: string) => `unit ${unit} on port "${port}" is ${first}, a lock with a code table, already`,
    })),
  );
}

function beyond(what: string, found: number, count: number, model: LockModel): string {
  if (count === 0) return `a "${model.name}" has no ${what}s`;
  return `expected 0 to ${count - 1}, the ${what}s of a "${model.name}", found ${found}`;
}

function claim(port: string | undefined, unit: number | undefined, input: number, path: TomlPath): Claim {
  return {
    key: port === undefined || unit === undefined ? null : JSON.stringify([port, unit, input]),
    path,
    say: (first) => `this input of unit ${unit} on port "${port}" is used by ${first} already`,
  };
}
