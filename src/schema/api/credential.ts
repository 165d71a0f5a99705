import { z } from 'zod';
import { credential, credentialFields, uuid } from '../record.ts';
import { pageOf, pageQuery, writtenMembers } from './written.ts';

const fields = credentialFields.shape;

/** The value in clear: it comes in here and leaves only where it is asked for with the scope for it. */
const credentialValue = z
  .string()
  .min(1)
  .max(100)
  .describe(
    'a PIN: its digits, as a string; a card, fob or phone: FACILITY:NUMBER, FORMAT:FACILITY:NUMBER, FORMAT:NUMBER or uid:HEX',
  );

export const credentialCreate = credentialFields.extend({
  external_id: fields.external_id.default(null),
  state: fields.state.default('programmed'),
  valid_from: fields.valid_from.default(null),
  valid_until: fields.valid_until.default(null),
  uses_left: fields.uses_left.default(null),
  duress: fields.duress.default(false),
  value: credentialValue,
});
export const credentialPatch = credentialFields.extend({ value: credentialValue }).partial();
export const credentialWritten = credential.extend(writtenMembers);
export const credentialList = pageOf(credential);
/** With `value` only after `?reveal=true`. */
export const credentialRead = credential.extend({ value: z.string().optional() });
export const revealQuery = z.strictObject({
  reveal: z
    .boolean()
    .default(false)
    .describe('true: with the value in clear; needs the scope credentials:reveal'),
});
export const credentialQuery = z.strictObject({
  ...pageQuery,
  user_id: uuid.optional(),
  kind: fields.kind.optional(),
  external_id: z.string().min(1).max(200).optional(),
});
