import { z } from 'zod';
import { access, accessFields, uuid } from '../record.ts';
import { pageOf, pageQuery, warnings, writtenMembers } from './written.ts';

const fields = accessFields.shape;

export const accessCreate = accessFields.extend({
  external_id: fields.external_id.default(null),
  schedule_id: fields.schedule_id.default(null),
  valid_from: fields.valid_from.default(null),
  valid_until: fields.valid_until.default(null),
});
export const accessPatch = accessFields.partial();
export const accessWritten = access.extend({ ...writtenMembers, ...warnings });
export const accessList = pageOf(access);
export const accessQuery = z.strictObject({
  ...pageQuery,
  user_id: uuid.optional(),
  door_id: uuid.optional(),
  door_group_id: uuid.optional(),
});
