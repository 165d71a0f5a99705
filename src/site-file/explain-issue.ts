import { nearestName } from '../core/nearest-name.ts';
import type { Finding } from './problem.ts';
import type { TomlPath } from './toml-position.ts';

/** The part of a schema's complaint that is read here. */
interface Issue {
  code?: string;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
  values?: readonly unknown[];
  options?: readonly unknown[];
  params?: { hint?: unknown } | undefined;
}

/** JSON Schema, as far as it tells which members a table may have. */
interface Node {
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  items?: Node;
  oneOf?: readonly Node[];
  const?: unknown;
}

/** Turns what a schema says about a file into findings: what was expected, what was found, and what may have been meant. */
export function explainIssue(issue: Issue, raw: unknown, schema: object): Finding[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path, raw);
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      at: 'key',
      message: unsafeKey(path, key) ?? unknownKey(key, known),
    }));
  }
  if (issue.code === 'invalid_key') {
    const message =
      'a name is written in kebab-case: small letters a to z, digits and single -, such as "front-door"';
    return [{ path, at: 'key', message }];
  }
  const found = valueAt(raw, path);
  if (found === undefined) return [{ path, message: `missing: expected ${issue.message}` }];
  const words = (issue.values ?? issue.options ?? []).filter((word) => typeof word === 'string');
  const near = typeof found === 'string' ? nearestName(found, words) : null;
  const hint = typeof issue.params?.hint === 'string' ? issue.params.hint : '';
  const meant = near === null ? hint : `; did you mean "${near}"?`;
  const why = unsafeCondition(path, found) ?? meant;
  return [{ path, message: `expected ${issue.message}, found ${shown(found)}${why}` }];
}

/** Readers have relays, and sooner or later somebody wires a lock to one. */
function unsafeKey([table]: TomlPath, key: string): string | null {
  if (table !== 'locks' || !['reader', 'output', 'reader_output'].includes(key)) return null;
  return `${reachable}. Use a relay of a board inside (port, unit, model, relay)`;
}

/** What an output of a reader would follow if a lock were wired to it. */
function unsafeCondition([table, , list, , key]: TomlPath, found: unknown): string | null {
  if (table !== 'readers' || list !== 'outputs' || key !== 'follows') return null;
  if (typeof found !== 'string' || !/grant|open|unlock|releas|strike|access|exit/.test(found)) return null;
  return `, which would make it a lock: ${reachable}`;
}

const reachable =
  'a relay in a reader is on the side of the door that strangers can reach: who opens the reader opens the door';

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearestName(key, known);
  return near === null
    ? `unknown key; known here: ${known.join(', ')}`
    : `unknown key; did you mean "${near}"?`;
}

function shown(value: unknown): string {
  if (value instanceof Date) return 'a date';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a table';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}

function valueAt(raw: unknown, path: TomlPath): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value !== null && typeof value === 'object' && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    raw,
  );
}

function knownKeys(schema: Node, path: TomlPath, raw: unknown): string[] {
  let node: Node | undefined = schema;
  for (const part of path) {
    const more: Node | boolean | undefined = node?.additionalProperties;
    const named: Node | undefined = typeof part === 'string' ? node?.properties?.[part] : node?.items;
    node = named ?? (typeof more === 'object' ? more : undefined);
  }
  const kind = valueAt(raw, [...path, 'kind']);
  const variant = node?.oneOf?.find((one) => one.properties?.['kind']?.const === kind);
  return Object.keys((variant ?? node)?.properties ?? {});
}
