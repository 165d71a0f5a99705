import { z } from 'zod';
import { user, userFields } from '../record.ts';
import { pageOf, pageQuery, warnings, writtenMembers } from './written.ts';

const fields = userFields.shape;

/** Only a last name is needed to create a user. */
export const userCreate = userFields.extend({
  external_id: fields.external_id.default(null),
  kind: fields.kind.default('member'),
  first_name: fields.first_name.default(''),
  email: fields.email.default(null),
  mobile: fields.mobile.default(null),
  department: fields.department.default(null),
  language: fields.language.default(null),
  valid_from: fields.valid_from.default(null),
  valid_until: fields.valid_until.default(null),
});
export const userPatch = userFields.partial();
export const userWritten = user.extend({ ...writtenMembers, ...warnings });
export const userList = pageOf(user);
export const userQuery = z.strictObject({
  ...pageQuery,
  external_id: z.string().min(1).max(200).optional(),
  q: z.string().min(1).max(200).optional().describe('part of a name, an e-mail address or a number'),
});
