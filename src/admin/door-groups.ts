import { AppError } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { doorGroupFields } from '../schema/record.ts';
import { leftOut } from './effective-time.ts';
import { checked, invalidInput } from './input.ts';
import type { AdminService } from './ports.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import { scheduleBook } from './schedule-book.ts';
import type { Directory } from './storage.ts';

/** Named sets of doors: a location, a wing. */
export function doorGroupsService(parts: {
  directory: Directory;
  writer: RecordWriter;
  site(): Site;
  feedCursor(): string;
}): AdminService['door_groups'] {
  const { directory, site, writer } = parts;
  return resource(parts, {
    kind: 'door_group',
    records: directory.door_groups,
    fields: ({ id, revision, created_at, updated_at, ...fields }) => fields,
    make(fields, stamp, before) {
      const group = checked(doorGroupFields, fields);
      // A door that has left the site since may stay, but none comes in that is not there.
      const known = new Set([...site().doors.map(({ id }) => id), ...(before?.door_ids ?? [])]);
      const unknown = group.door_ids.flatMap((id, i) =>
        known.has(id)
          ? []
          : [{ pointer: `/door_ids/${i}`, detail: 'there is no such door: GET /v1/doors lists them' }],
      );
      if (unknown.length > 0) throw invalidInput(...unknown);
      return { ...stamp, ...group, door_ids: [...new Set(group.door_ids)] };
    },
    show: (group) => group,
    narrows: (before, after) => before.door_ids.some((id) => !after.door_ids.includes(id)),
    removal({ id }) {
      let count = 0;
      for (const { target } of directory.access.values()) {
        if ('door_group_id' in target && target.door_group_id === id) count += 1;
      }
      if (count === 0) return [];
      throw new AppError('still_referenced', `${count} access still use this door group: remove them first`, {
        members: { count },
      });
    },
    candidates: () => null,
    matches: (_, __: Record<string, never>) => true,
    warnings(group) {
      const book = scheduleBook({ directory, site, now: writer.now });
      const now = Date.parse(writer.now());
      return leftOut(
        book,
        directory,
        now,
        { group },
        ({ target }) => 'door_group_id' in target && target.door_group_id === group.id,
      );
    },
  });
}
