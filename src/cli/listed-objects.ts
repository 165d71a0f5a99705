import { AppError } from '../core/error.ts';
import { nearestName } from '../core/nearest-name.ts';
import type { AdminClient } from './admin-client.ts';
import { UsageError } from './command.ts';

interface Listed {
  id: string;
  name: string;
}

/** All objects of a list of the API that match, page by page. */
export async function listed<T>(
  client: AdminClient,
  path: string,
  filter: Readonly<Record<string, string>> = {},
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page: { items: T[]; next_cursor: string | null } = await client.get(path, {
      limit: 500,
      after,
      ...filter,
    });
    items.push(...page.items);
    after = page.next_cursor ?? undefined;
  } while (after !== undefined);
  return items;
}

/**
 * The one object that has this name or id. Throws `not_found` with a name that is near, or when several have it.
 *
 * @param noun what it is, as people say it
 */
export function named<T extends Listed>(objects: readonly T[], noun: string, name: string | undefined): T {
  if (name === undefined) throw new UsageError(`the name of a ${noun} is missing`);
  const found = objects.filter((one) => one.id === name || one.name === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first !== undefined) {
    throw new AppError('not_found', `several ${noun}s have this name: give the id instead`);
  }
  const names = objects.map((one) => one.name);
  const near = nearestName(name, names);
  const hint = near === null ? `known: ${names.join(', ') || 'none'}` : `did you mean ${near}?`;
  throw new AppError('not_found', `no ${noun} has this name; ${hint}`);
}
