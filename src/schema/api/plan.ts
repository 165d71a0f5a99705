import { z } from 'zod';
import { failedReasons, pendingReasons } from '../../core/confirmation.ts';
import { uuid } from '../record.ts';

/** More are counted, not listed. */
export const mostActions = 1_000;

/** What a write would do, in the answer to a dry run. */
export const plan = z.object({
  actions: z
    .array(
      z.object({
        do: z
          .enum(['create', 'update', 'delete', 'program', 'clear'])
          .describe('program, clear: of a credential at a device'),
        resource: z.string().describe('`access/ID`; ids of what would be made are made up'),
        holder_id: uuid.nullable().describe("of a device, or the controller's own table"),
        state: z
          .enum(['pending', 'failed'])
          .nullable()
          .describe('how the credential would stand at the device'),
        reason: z.enum([...pendingReasons, ...failedReasons]).nullable(),
      }),
    )
    .max(mostActions),
  total: z.int().describe('how many there are, also beyond those listed'),
});
export type Plan = z.infer<typeof plan>;
