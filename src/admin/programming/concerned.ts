import type { Sync } from '../../schema/confirmation.ts';
import type { ManagedKind, Records } from '../../schema/storage.ts';
import type { Directory } from '../storage.ts';
import { syncOf } from './shown.ts';

/** Credentials whose place in the devices depends on a record; null: none can. */
export function credentialsConcerned<K extends ManagedKind>(
  directory: Pick<Directory, 'credentialsOf' | 'access'>,
  kind: K,
  record: Records[K],
): string[] | null {
  const ofUser = (userId: string): string[] => directory.credentialsOf(userId).map(({ id }) => id);
  switch (kind) {
    case 'user':
      return ofUser(record.id);
    case 'credential':
      return [record.id];
    case 'access':
      return 'user_id' in record ? ofUser(record.user_id) : [];
    case 'door_group': {
      const users = [...directory.access.values()].flatMap(({ target, user_id }) =>
        'door_group_id' in target && target.door_group_id === record.id ? [user_id] : [],
      );
      return [...new Set(users)].flatMap(ofUser);
    }
    default:
      return null;
  }
}

/** How far the devices have followed, for these credentials; nothing where none is concerned. */
export function syncFor(
  directory: Pick<Directory, 'confirmationsOf'>,
  credentialIds: readonly string[] | null,
): { sync?: Sync } {
  if (credentialIds === null) return {};
  return { sync: syncOf(credentialIds.flatMap((id) => directory.confirmationsOf(id))) };
}
