import { z } from 'zod';

const device = {
  name: z.string(),
  kind: z.enum(['panel', 'code_lock']),
  model: z.string(),
  stored: z.int().describe('slots that hold a code made here, or may'),
};

/** `data` of every event about a device that keeps codes which the device itself does not tell, by type. */
export const holderEventData = {
  'holder.nearly_full': z.object({ capacity: z.int(), reserved: z.int(), used: z.int() }),
  'holder.slot_changed': z.object({
    slot: z.int(),
    credential_id: z.string(),
    user_id: z.string(),
    now: z.enum(['known', 'empty', 'unreadable']),
    answer: z.enum(['overwrite', 'adopt', 'leave']),
  }),
  'holder.gone': z
    .object(device)
    .describe('it has left the site file: its codes go on opening, and nothing changes them'),
  'holder.returned': z.object(device).describe('it is in the site file again, and goes on where it was'),
  'holder.forgotten': z.object({ ...device, operator: z.string() }),
};
