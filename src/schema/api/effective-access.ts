import { z } from 'zod';
import { confirmation } from '../confirmation.ts';
import { credential, instant, uuid } from '../record.ts';
import { pageOf, pageQuery } from './written.ts';

/** One person at one door: all the ways that lead there, and how each credential stands at the device that decides there. */
export const effectiveAccess = z.object({
  user_id: uuid,
  door_id: uuid,
  suspended: z.boolean().describe('the person: no way leads anywhere meanwhile'),
  sources: z.array(
    z.object({
      access_id: uuid,
      door_group_id: uuid.nullable(),
      schedule_id: uuid.nullable(),
      valid_from: instant.nullable(),
      valid_until: instant.nullable(),
    }),
  ),
  credentials: z.array(
    z.object({
      credential_id: uuid,
      kind: credential.shape.kind,
      state: credential.shape.state,
      blocked: z.boolean(),
      confirmation: z
        .object({
          id: uuid,
          state: confirmation.shape.state,
          reason: confirmation.shape.reason,
        })
        .nullable()
        .describe('null: the device that decides at this door is not to hold it'),
    }),
  ),
});
export type EffectiveAccess = z.infer<typeof effectiveAccess>;

/** One row per door, in the order of the site file. */
export const userEffectiveAccess = z.object({ items: z.array(effectiveAccess) });
/** One row per person. */
export const doorEffectiveAccess = pageOf(effectiveAccess);
export const doorEffectiveAccessQuery = z.strictObject(pageQuery);

/** What a door takes of people's codes. */
export const doorCapabilities = z.object({
  max_codes: z.int().nullable().describe('null: not limited'),
  used_codes: z
    .int()
    .describe('slots in use; where Postern decides: programmed credentials with a way that leads there'),
  code_lengths: z.array(z.int()).describe('digits a PIN may have'),
  schedules: z.boolean().describe('whether access with a schedule can lead there'),
  programs_while_armed: z.boolean(),
});
export type DoorCapabilities = z.infer<typeof doorCapabilities>;
