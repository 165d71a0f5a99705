import { z } from 'zod';
import { confirmation, holder, slot } from '../confirmation.ts';
import { uuid } from '../record.ts';
import { pageOf, pageQuery, writtenMembers } from './written.ts';

export const holderList = pageOf(holder);
export const slotList = pageOf(slot);
export const confirmationList = pageOf(confirmation);
export const confirmationQuery = z.strictObject({
  ...pageQuery,
  state: confirmation.shape.state.optional(),
  holder_id: uuid.optional(),
  user_id: uuid.optional(),
});

export const holderForgotten = z.object({
  id: uuid,
  stored: z.int().describe('slots that may still hold a code made here'),
  dry_run: writtenMembers.dry_run,
});

export const slotParams = z.strictObject({
  id: uuid,
  slot: z
    .string()
    .regex(/^\d{1,5}$/)
    .describe('the number of a slot'),
});
export const adoptBody = z.strictObject({
  user_id: uuid
    .nullable()
    .default(null)
    .describe('whose the code shall be; null: whose the slot is already, where it was changed on the device'),
});
export const armBody = z.strictObject({
  how: z.enum(['away', 'stay']).default('away'),
});
