import type { FeedEntry } from '../schema/storage.ts';
import type { RecordName } from '../schema/storage-damage.ts';
import { type Database, entries } from './database.ts';
import { feedRange, recordOfKey, recordRange } from './store-key.ts';

/**
 * What is missing in a damaged database, by name: objects the feed tells of and `known` ones, unless the feed says that they were removed.
 * Rejects when the database does.
 */
export async function missingRecords(
  database: Pick<Database, 'iterator'>,
  known: readonly RecordName[],
): Promise<RecordName[]> {
  const present = new Set<string>();
  for await (const [key] of entries(database, recordRange)) {
    const record = recordOfKey(key);
    if (record !== null) present.add(`${record.kind}/${record.id}`);
  }
  const expected = new Map(known.map((name) => [`${name.kind}/${name.id}`, name]));
  for await (const [, value] of entries(database, feedRange)) {
    const told = managedEntry(value);
    if (told === null) continue;
    if (told.removed) expected.delete(told.resource);
    else expected.set(told.resource, told.name);
  }
  return [...expected].flatMap(([resource, name]) => (present.has(resource) ? [] : [name]));
}

/** An entry that tells what became of a stored object; null for others, and for what cannot be read. */
function managedEntry(value: string): { resource: string; name: RecordName; removed: boolean } | null {
  let entry: Partial<FeedEntry>;
  try {
    entry = JSON.parse(value) as Partial<FeedEntry>;
  } catch {
    return null;
  }
  const { type = '', resource = '' } = entry;
  const [, of, verb] = /^(\w+)\.(created|updated|deleted)$/.exec(type) ?? [];
  const [kind, id] = resource.split('/');
  if (of === undefined || of !== kind || id === undefined) return null;
  return { resource, name: { kind, id }, removed: verb === 'deleted' };
}
