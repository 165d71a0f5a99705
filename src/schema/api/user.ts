import { z } from 'zod';
import { user, userFields, uuid } from '../record.ts';
import { warnings } from './schedule.ts';
import { pageOf, pageQuery, writtenMembers } from './written.ts';

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

/** One row per door, with all the ways that lead to it. */
export const effectiveAccess = z.object({
  items: z.array(
    z.object({
      user_id: uuid,
      door_id: uuid,
      sources: z.array(
        z.object({
          access_id: uuid,
          door_group_id: uuid.nullable(),
          schedule_id: uuid.nullable(),
          valid_from: z.string().nullable(),
          valid_until: z.string().nullable(),
        }),
      ),
    }),
  ),
});
