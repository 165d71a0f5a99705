import { isDeepStrictEqual } from 'node:util';
import type { Site } from '../core/site.ts';
import { type Access, type AccessFields, accessFields } from '../schema/record.ts';
import { effectiveTime } from './effective-time.ts';
import { checked, invalidInput } from './input.ts';
import type { AdminService } from './ports.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import { type ScheduleBook, scheduleBook } from './schedule-book.ts';
import type { Directory } from './storage.ts';
import { isShorter, utcValidity } from './validity.ts';

/** Who may go where, and from when until when. */
export function accessService(parts: {
  directory: Directory;
  writer: RecordWriter;
  site(): Site;
  feedCursor(): string;
}): AdminService['access'] {
  const { directory, site, writer } = parts;
  const book = scheduleBook({ directory, site, now: writer.now });
  return resource(parts, {
    kind: 'access',
    records: directory.access,
    fields: ({ id, revision, created_at, updated_at, ...fields }) => fields,
    make(fields, stamp, before) {
      const access = checked(accessFields, fields);
      checkUser(directory, access, before);
      checkSchedule(book, access, before);
      // A door that has left the site since leaves its access as it is.
      if (!isDeepStrictEqual(access.target, before?.target)) checkTarget(directory, site(), access.target);
      return { ...stamp, ...access, ...utcValidity(access) };
    },
    show: (access) => access,
    narrows: (before, after) =>
      !isDeepStrictEqual(before.target, after.target) ||
      (after.schedule_id !== null && after.schedule_id !== before.schedule_id) ||
      isShorter(before, after),
    removal: () => [],
    candidates: ({ user_id }) =>
      user_id === undefined ? null : directory.accessOf(user_id).map(({ id }) => id),
    matches: (
      { target },
      { door_id, door_group_id }: { user_id?: string; door_id?: string; door_group_id?: string },
    ) =>
      (door_id === undefined || ('door_id' in target && target.door_id === door_id)) &&
      (door_group_id === undefined || ('door_group_id' in target && target.door_group_id === door_group_id)),
    warnings: (access) => effectiveTime(book, directory, Date.parse(writer.now())).ofAccess(access),
    warningsWithout: ({ user_id }) =>
      effectiveTime(book, directory, Date.parse(writer.now())).ofUserWithout(user_id),
  });
}

function checkUser(directory: Directory, { user_id }: AccessFields, before: Access | null): void {
  if (!directory.users.has(user_id))
    throw invalidInput({ pointer: '/user_id', detail: 'there is no such user' });
  if (before !== null && before.user_id !== user_id) {
    throw invalidInput({
      pointer: '/user_id',
      detail: 'access stays with its user: remove it and make another',
    });
  }
}

function checkSchedule(book: ScheduleBook, { schedule_id }: AccessFields, before: Access | null): void {
  // A schedule that has left the site file since leaves its access as it is.
  if (schedule_id === null || schedule_id === before?.schedule_id) return;
  if (book.schedule(schedule_id) !== undefined) return;
  const detail = 'there is no such schedule: GET /v1/schedules lists them';
  throw invalidInput({ pointer: '/schedule_id', detail });
}

function checkTarget(directory: Directory, site: Site, target: AccessFields['target']): void {
  if ('door_id' in target) {
    if (site.doors.some(({ id }) => id === target.door_id)) return;
    throw invalidInput({
      pointer: '/target/door_id',
      detail: 'there is no such door: GET /v1/doors lists them',
    });
  }
  if ('door_group_id' in target) {
    if (directory.door_groups.has(target.door_group_id)) return;
    throw invalidInput({ pointer: '/target/door_group_id', detail: 'there is no such door group' });
  }
  const fault = partitionFault(site, target.partition);
  if (fault !== null) throw invalidInput({ pointer: '/target/partition', detail: fault });
}

function partitionFault({ panel }: Site, name: string): string | null {
  if (panel === null) return 'this site has no panel: give access to a door or a door group';
  switch (panel.kind) {
    case 'dry_contact':
      return 'a panel on a dry contact holds no codes: give access to a door or a door group';
    case 'nx_584':
    case 'elk_m1': {
      const names = panel.partitions.map((partition) => partition.name);
      return names.includes(name) ? null : `there is no such partition; known: ${names.join(', ')}`;
    }
  }
}
