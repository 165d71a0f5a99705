import { nearestName } from '../core/nearest-name.ts';
import type { Finding } from './problem.ts';
import { dotted, type TomlPath } from './toml-position.ts';

/** A name that nothing has. `undefined` (not given, or not readable) is no finding here. */
export function danglingFinding(
  kind: string,
  name: string | undefined,
  known: ReadonlyMap<string, unknown>,
  path: TomlPath,
): Finding[] {
  if (name === undefined || known.has(name)) return [];
  const near = nearestName(name, known.keys());
  const all = [...known.keys()].join(', ');
  const right = near !== null ? `did you mean "${near}"?` : all === '' ? 'there is none' : `known: ${all}`;
  return [{ path, message: `no ${kind} is called "${name}"; ${right}` }];
}

/** Something that may be claimed once. `key` null: not readable, claims nothing. */
export interface Claim {
  key: string | null;
  path: TomlPath;
  /** The message for a later claim; `first` is the dotted path of the table that claimed it first. */
  say(first: string): string;
}

/** Every claim but the first of each key. */
export function repeatFindings(claims: readonly Claim[]): Finding[] {
  const first = new Map<string, TomlPath>();
  return claims.flatMap(({ key, path, say }) => {
    if (key === null) return [];
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, path);
      return [];
    }
    return [{ path, message: say(dotted(earlier.slice(0, earlier[0] === 'panel' ? 3 : 2))) }];
  });
}

/** A warning for each thing of a table that nobody names. */
export function unusedFindings(
  table: string,
  names: Iterable<string>,
  used: readonly string[],
  message: string,
): Finding[] {
  const named = new Set(used);
  return [...names]
    .filter((name) => !named.has(name))
    .map((name) => ({ path: [table, name], at: 'key', severity: 'warning', message }));
}
