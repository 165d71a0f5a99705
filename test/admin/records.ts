import type { Access, DoorGroup, StoredCredential, User } from '../../src/schema/record.ts';

/** Records with unremarkable members, for tests to vary. */
const stored = (id: string) => ({
  id,
  revision: 1,
  created_at: '2026-03-02T09:00:00.000Z',
  updated_at: '2026-03-02T09:00:00.000Z',
  external_id: null,
  valid_from: null,
  valid_until: null,
});

export const aUser = (id: string, more: Partial<User> = {}): User => ({
  ...stored(id),
  kind: 'member',
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: null,
  mobile: null,
  department: null,
  language: null,
  suspended: false,
  ...more,
});

export const aCredential = (
  id: string,
  user_id: string,
  more: Partial<StoredCredential> = {},
): StoredCredential => ({
  ...stored(id),
  user_id,
  kind: 'card',
  state: 'programmed',
  duress: false,
  blocked: false,
  key: `key of ${id}`,
  sealed: 'sealed',
  uses: null,
  ...more,
});

export const anAccess = (id: string, user_id: string, target: Access['target']): Access => ({
  ...stored(id),
  user_id,
  target,
  schedule_id: null,
});

export const aDoorGroup = (id: string, door_ids: string[]): DoorGroup => {
  const { valid_from: _, valid_until: __, ...rest } = stored(id);
  return { ...rest, name: 'Everywhere', door_ids };
};
