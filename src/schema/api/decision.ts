import { z } from 'zod';
import type { Reason } from '../../core/decision.ts';
import { instant, uuid } from '../record.ts';

/** Every reason a decision can have; `reason` below does not compile when one is missing. */
export const reasons = [
  'granted',
  'unknown_credential',
  'wrong_pin',
  'draft',
  'blocked',
  'suspended',
  'not_yet_valid',
  'expired',
  'no_uses_left',
  'use_not_recordable',
  'not_this_door',
  'outside_schedule',
  'holiday',
  'clock_not_trusted',
  'door_disabled',
  'restricted_while_armed',
  'second_factor_needed',
  'locked_out',
  'read_during_outage',
  'no_table',
] as const satisfies readonly Reason[];
/** Why a door opened or did not. */
export const reason: z.ZodType<Exclude<Reason, (typeof reasons)[number]> extends never ? Reason : never> =
  z.enum(reasons);

export const tryBody = z.strictObject({
  reader_id: uuid,
  pin: z.string().min(1).max(20).optional().describe('the digits, as a string; or `card`'),
  card: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('FACILITY:NUMBER, FORMAT:FACILITY:NUMBER, FORMAT:NUMBER or uid:HEX; or `pin`'),
  at: instant.optional().describe('decide as at this instant; not with `open`'),
  open: z.boolean().default(false).describe('true: really present it; needs the scope doors:unlock too'),
});

export const decision = z.object({
  granted: z.boolean(),
  reason,
  user_id: uuid.nullable(),
  credential_id: uuid.nullable(),
  duress: z.boolean(),
  use: z.object({ generation: z.int(), used: z.int() }).nullable(),
});
