import { AppError } from '../core/error.ts';
import type { AdminClient } from './admin-client.ts';
import type { NameOf } from './event-line.ts';

interface Named {
  id: string;
  name: string;
  lock_id?: string | null;
}

/** Names for events, learnt from the daemon as they are needed. */
export interface EventNames {
  of: NameOf;
  /** Asks for the names of these, if they are not known yet. */
  learn(wanted: readonly { kind: string; id: string }[]): Promise<void>;
}

/** What can be asked for by its id, and how it is called. */
const people = { user: '/v1/users', door_group: '/v1/door_groups' };
/** People asked for once too often are forgotten, the oldest first. */
const mostNames = 2_000;

/** Doors, readers, locks, devices and partitions are asked for now: they do not change while a daemon runs. */
export async function eventNames(client: AdminClient): Promise<EventNames> {
  const [doors, readers, holders] = await Promise.all([
    client.get<{ items: Named[] }>('/v1/doors'),
    client.get<{ items: Named[] }>('/v1/readers'),
    client.get<{ items: (Named & { partitions: Named[] })[] }>('/v1/holders'),
  ]);
  const fixed = new Map<string, string>();
  for (const { id, name, lock_id } of doors.items) {
    fixed.set(id, name);
    // A lock is known to people by its door.
    if (typeof lock_id === 'string') fixed.set(lock_id, name);
  }
  for (const { id, name } of readers.items) fixed.set(id, name);
  for (const { id, name, partitions } of holders.items) {
    fixed.set(id, name);
    for (const partition of partitions) fixed.set(partition.id, partition.name);
  }
  const learnt = new Map<string, string | null>();

  const ask = async (path: string, id: string): Promise<void> => {
    const found = await client
      .get<{ name?: string; first_name?: string; last_name?: string }>(`${path}/${id}`)
      .catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return null;
        throw error;
      });
    const name = found?.name ?? `${found?.first_name ?? ''} ${found?.last_name ?? ''}`.trim();
    learnt.set(id, name === '' ? null : name);
    const oldest = learnt.keys().next().value;
    if (learnt.size > mostNames && oldest !== undefined) learnt.delete(oldest);
  };

  return {
    of: (id) => fixed.get(id) ?? learnt.get(id) ?? null,
    async learn(wanted) {
      for (const { kind, id } of wanted) {
        if (learnt.has(id) || !Object.hasOwn(people, kind)) continue;
        await ask(people[kind as keyof typeof people], id);
      }
    },
  };
}
