import type { Site } from '../core/site.ts';
import { type User, type UserFields, userFields } from '../schema/record.ts';
import { effectiveAccessOfUser } from './effective-access.ts';
import { effectiveTime } from './effective-time.ts';
import { checked, invalidInput } from './input.ts';
import type { UsersService } from './ports.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import { scheduleBook } from './schedule-book.ts';
import type { Directory } from './storage.ts';
import { isShorter, utcValidity } from './validity.ts';

/** People. Removing one removes the credentials and access with it; suspending keeps all and closes the doors. */
export function usersService(parts: {
  directory: Directory;
  writer: RecordWriter;
  site(): Site;
  feedCursor(): string;
}): UsersService {
  const { directory, site, writer } = parts;
  const users = resource<'user', User, UserFields, { external_id?: string; q?: string }>(parts, {
    kind: 'user',
    records: directory.users,
    fields: ({ id, revision, created_at, updated_at, suspended, ...fields }) => fields,
    make: (fields, stamp, before) => ({
      ...stamp,
      ...userOf(fields),
      suspended: before?.suspended ?? false,
    }),
    show: (user) => user,
    narrows: (before, after) => (after.suspended && !before.suspended) || isShorter(before, after),
    removal: ({ id }) => [
      ...directory.credentialsOf(id).map((one) => ({ kind: 'credential' as const, id: one.id })),
      ...directory.accessOf(id).map((one) => ({ kind: 'access' as const, id: one.id })),
    ],
    candidates({ external_id }) {
      if (external_id === undefined) return null;
      const found = directory.byExternalId('user', external_id);
      return found === undefined ? [] : [found.id];
    },
    matches: (user, { q }) => q === undefined || mentions(user, q.toLowerCase()),
    warnings(user) {
      const book = scheduleBook({ directory, site, now: writer.now });
      return effectiveTime(book, directory, Date.parse(writer.now()), { user }).ofUser(user.id);
    },
  });
  return {
    ...users,
    setSuspended: (id, suspended, options) =>
      users.revise(id, (before, stamp) => ({ ...before, ...stamp, suspended }), options, suspended),
    effectiveAccess: (id) => effectiveAccessOfUser(directory, site(), users.record(id).id),
  };
}

function userOf(fields: UserFields): UserFields {
  const user = checked(userFields, fields);
  if (user.kind === 'guest' && (user.valid_from === null || user.valid_until === null)) {
    const pointer = user.valid_from === null ? '/valid_from' : '/valid_until';
    throw invalidInput({ pointer, detail: 'a guest needs valid_from and valid_until' });
  }
  return { ...user, ...utcValidity(user) };
}

const mentions = (user: User, text: string): boolean =>
  [`${user.first_name} ${user.last_name}`, user.email, user.external_id].some((field) =>
    field?.toLowerCase().includes(text),
  );
