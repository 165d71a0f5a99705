import { z } from 'zod';
import { instant, uuid } from '../record.ts';
import { doorMode, timetable, timetableFields } from '../timetable.ts';
import { pageOf, pageQuery, warnings, writtenMembers } from './written.ts';

export const timetableCreate = timetableFields.extend({
  external_id: timetableFields.shape.external_id.default(null),
});
export const timetablePatch = timetableFields.partial();
export const timetableWritten = timetable.extend({ ...writtenMembers, ...warnings });
export const timetableList = pageOf(timetable);
export const timetableQuery = z.strictObject(pageQuery);

const until = instant.nullable().default(null).describe('null: until it is released');
/** What an operator wants of a door, whatever its timetable says. */
export const doorModeBody = z.strictObject({
  mode: doorMode.nullable().describe('null: as its timetable says'),
  until,
});
export const doorModeSet = z.object({ door_id: uuid, mode: doorMode.nullable(), until: instant.nullable() });
