import type { FeedEntry } from '../schema/storage.ts';
import { printable } from './text-table.ts';

/** Names of things by id; null for those nobody can tell (any more). */
export type NameOf = (id: string) => string | null;

/** Said already by type, subject and time, or of no use to a reader. */
const noise = new Set(['id', 'revision', 'created_at', 'updated_at', 'first_name', 'last_name', 'name']);

/** What of a confirmation says how it stands; all of it is in `postern confirmations` and `--json`. */
const confirmationFacts = new Set([
  'user_id',
  'holder_id',
  'slot',
  'reason',
  'evidence',
  'attempt',
  'last_error',
  'due_at',
  'waits_for',
]);

/**
 * One entry of the feed as a line for people: time in the site's zone, type, what it is about, and the facts that are not plain.
 * @param time writes an instant in the site's zone
 */
export function eventLine(entry: FeedEntry, nameOf: NameOf, time: (at: Date) => string): string {
  const { type, data } = entry;
  const recorded = /\.(created|updated|deleted)$/.test(type);
  const facts = Object.entries(data).flatMap(([member, value]) => {
    // Of a record that is shown whole, what is not so says nothing.
    if (noise.has(member) || value === null || value === '' || (recorded && value === false)) return [];
    if (type.startsWith('confirmation.') && (!confirmationFacts.has(member) || value === 0)) return [];
    if (Array.isArray(value) && value.length === 0) return [];
    const at = member === 'due_at' || (member === 'until' && typeof value === 'number') ? value : null;
    const instant = typeof at === 'number' || typeof at === 'string' ? time(new Date(at)) : null;
    const text = value === true && recorded ? '' : `=${instant ?? shown(value, nameOf)}`;
    return `=${subject(entry, nameOf)}` === text ? [] : [member.replace(/_id$/, '') + text];
  });
  return `${printable([time(new Date(entry.time)), type, subject(entry, nameOf), ...facts].join('  '))}\n`;
}

/** The ids an entry holds, whose names a reader would want. */
export function idsOf({ resource, data }: FeedEntry): { kind: string; id: string }[] {
  const [kind = '', id = ''] = resource.split('/');
  const members = Object.entries(data).flatMap(([member, value]) =>
    member.endsWith('_id') && typeof value === 'string'
      ? [{ kind: member.slice(0, -'_id'.length), id: value }]
      : [],
  );
  return [{ kind, id }, ...members];
}

function subject({ resource, data }: FeedEntry, nameOf: NameOf): string {
  const [kind = '', id = ''] = resource.split('/');
  const { name, first_name, last_name } = data;
  if (typeof name === 'string') return name;
  if (typeof last_name === 'string') return `${first_name ?? ''} ${last_name}`.trim();
  if (kind === 'system' || kind === 'confirmation') return kind;
  return nameOf(id) ?? resource;
}

function shown(value: unknown, nameOf: NameOf): string {
  if (typeof value === 'string') return nameOf(value) ?? value;
  if (Array.isArray(value)) {
    return value.length > 3 ? `${value.length} in all` : value.map((one) => shown(one, nameOf)).join(',');
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value)
    .filter((one) => one !== null)
    .map((one) => shown(one, nameOf))
    .join('/');
}
