import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Site, SiteDoor } from '../core/site.ts';
import type { EffectiveAccess } from '../schema/api/effective-access.ts';
import type { Page, PageQuery } from './ports.ts';
import { showConfirmation } from './programming/shown.ts';
import { page } from './record-page.ts';
import type { Directory } from './storage.ts';

type People = Pick<
  Directory,
  'ids' | 'users' | 'accessOf' | 'door_groups' | 'credentialsOf' | 'confirmationsOf' | 'holders'
>;

/** One row per door that the person may reach, in the site's order. Doors that are gone from the site have none. */
export function effectiveAccessOfUser(directory: People, site: Site, userId: string): EffectiveAccess[] {
  return site.doors.flatMap((door) => rowsAt(directory, site, door)(userId));
}

/** People looked at in one turn: a door that few of many may open leaves the event loop free. */
const sliceSize = 2_000;

/** One row per person who may reach the door, in the order of their ids. Throws `invalid_cursor`. */
export async function effectiveAccessAtDoor(
  directory: People,
  site: Site,
  door: SiteDoor,
  { limit, after }: PageQuery,
): Promise<Omit<Page<EffectiveAccess>, 'feed_cursor'>> {
  const items: EffectiveAccess[] = [];
  for (let from = after; ; await nextTurn()) {
    const rowsOf = rowsAt(directory, site, door);
    const people = page(
      directory.ids('user'),
      directory.users,
      { limit: sliceSize, after: from },
      () => true,
    );
    for (const { id } of people.items) {
      const rows = rowsOf(id);
      if (rows.length > 0 && items.length === limit) {
        return { items, next_cursor: items.at(-1)?.user_id ?? null };
      }
      items.push(...rows);
    }
    if (people.next_cursor === null) return { items, next_cursor: null };
    from = people.next_cursor;
  }
}

/** The row of a person at a door, or none. Valid for one turn: which groups hold the door is asked once. */
function rowsAt(
  directory: People,
  site: Site,
  { id: door_id, lock }: SiteDoor,
): (userId: string) => EffectiveAccess[] {
  const decides = site.code_locks.find(({ name }) => name === lock)?.id ?? site.id;
  const groups = new Map<string, boolean>();
  const holds = (groupId: string): boolean => {
    const known = groups.get(groupId);
    if (known !== undefined) return known;
    const holdsDoor = directory.door_groups.get(groupId)?.door_ids.includes(door_id) ?? false;
    groups.set(groupId, holdsDoor);
    return holdsDoor;
  };

  return (user_id) => {
    const sources = directory.accessOf(user_id).flatMap((access): EffectiveAccess['sources'] => {
      const { id: access_id, target, schedule_id, valid_from, valid_until } = access;
      const source = { access_id, schedule_id, valid_from, valid_until };
      if ('door_id' in target && target.door_id === door_id) return [{ ...source, door_group_id: null }];
      if (!('door_group_id' in target) || !holds(target.door_group_id)) return [];
      return [{ ...source, door_group_id: target.door_group_id }];
    });
    if (sources.length === 0) return [];
    const suspended = directory.users.get(user_id)?.suspended ?? false;
    return [
      { user_id, door_id, suspended, sources, credentials: credentialsAt(directory, user_id, decides) },
    ];
  };
}

/** A person's credentials, each with how it stands at the device that decides. */
function credentialsAt(directory: People, userId: string, holderId: string): EffectiveAccess['credentials'] {
  return directory.credentialsOf(userId).map(({ id, kind, state, blocked }) => {
    const row = directory.confirmationsOf(id).find(({ holder_id }) => holder_id === holderId);
    const shown = row === undefined ? null : showConfirmation(row, directory);
    const confirmation = shown && { id: shown.id, state: shown.state, reason: shown.reason };
    return { credential_id: id, kind, state, blocked, confirmation };
  });
}
