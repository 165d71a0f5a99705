import { z } from 'zod';
import { failedReasons, lateReasons, maxAttempts, pendingReasons } from '../core/confirmation.ts';
import { evidences } from '../core/holder.ts';
import { instant, uuid } from './record.ts';

/** Whether one device holds one credential as it should, as the API and the feed show it. */
export const confirmation = z.object({
  id: uuid,
  credential_id: uuid,
  user_id: uuid,
  holder_id: uuid.describe("the device; the controller's own table has the controller's id"),
  slot: z.int().nullable(),
  revision: z.int().describe('raised by each change of what the device is to hold'),
  confirmed_revision: z.int().nullable(),
  state: z
    .enum(['pending', 'confirmed', 'failed', 'removing'])
    .describe('grey, green, red; removing: refused by Postern already, still stored in the device'),
  evidence: z.enum(evidences).nullable().describe('the best there is; `sent` proves nothing'),
  evidence_at: z.partialRecord(z.enum(evidences), instant).describe('each grade reached, and when'),
  reason: z
    .enum([...pendingReasons, ...failedReasons, 'holder_gone'])
    .nullable()
    .describe('holder_gone: the device has left the site file, and what it holds is not known any more'),
  retriable: z.boolean().describe('false: asking again without changing anything cannot help'),
  attempt: z.int(),
  max_attempts: z.literal(maxAttempts),
  overdue: z.boolean().describe('a removal that three attempts did not prove; it goes on'),
  late: z
    .boolean()
    .describe(
      'it has waited for five minutes, or is not yet due and will have to wait: told as `confirmation.late`',
    ),
  next_attempt_at: instant.nullable().describe("null: at the device's next connection, or none"),
  last_error: z.string().nullable(),
  raw_answer: z.string().nullable().describe('hex, every code masked'),
  confirmed_at: instant.nullable(),
  seq: z.int().describe('counts the changes of this row; the `revision` of its feed entries'),
});
export type ConfirmationView = z.infer<typeof confirmation>;

/** What an entry `confirmation.late` tells beside the row. */
export const lateness = z.object({
  due_at: instant.describe('when the change was to be in the device, or is to be'),
  ahead: z.boolean().describe('true: it is not due yet, and its device could not take it now'),
  waits_for: z.enum(lateReasons).describe('what stands against it'),
});
export type Lateness = z.infer<typeof lateness>;

/** How far the devices have followed a write. */
export const sync = z.object({
  holders: z.int().describe('devices concerned, the controller among them'),
  confirmed: z.int(),
  pending: z.int().describe('removals among them'),
  failed: z.int(),
});
export type Sync = z.infer<typeof sync>;

const armState = z.enum(['disarmed', 'arming', 'armed', 'unknown']);

/** A device that keeps codes, or the controller itself. */
export const holder = z.object({
  id: uuid,
  name: z.string(),
  kind: z.enum(['controller', 'panel', 'code_lock']),
  model: z.string().nullable(),
  capacity: z.int().nullable().describe('null: not limited'),
  reserved: z.int().describe('slots of the capacity that are never used'),
  used: z.int(),
  reclaimable: z
    .int()
    .describe('slots whose code is gone or has expired, and whose removal is not proved yet'),
  stored: z.int().describe('slots that hold a code made here, or may'),
  never_used: z.int().describe('confirmed codes that no event of the device has named yet'),
  online: z.boolean().nullable().describe('null: not known'),
  state: z
    .enum(['online', 'offline', 'asleep', 'unknown', 'gone'])
    .describe('gone: the site file does not name it any more'),
  since: instant.nullable(),
  detail: z.string().nullable(),
  firmware: z.string().nullable(),
  misconfigured: z.string().nullable().describe('what to set at the device before it takes codes'),
  partitions: z.array(z.object({ id: uuid, name: z.string(), state: armState })),
  programs_while_armed: z.boolean(),
  confirm_at: z.enum(evidences),
  pending: z.int(),
  failed: z.int(),
});
export type HolderView = z.infer<typeof holder>;

export const slot = z.object({
  slot: z.int(),
  state: z
    .enum(['free', 'resting', 'reserved', 'ours', 'unmanaged', 'not_read'])
    .describe('unmanaged: a code nobody here made; not_read: not looked at yet'),
  credential_id: uuid.nullable(),
  user_id: uuid.nullable(),
  confirmation_id: uuid.nullable(),
  proven: z.enum(['known', 'empty', 'unreadable']),
  proven_at: instant.nullable(),
  changed_on_device: z.boolean(),
  rests_until: instant.nullable(),
});
export type SlotView = z.infer<typeof slot>;
