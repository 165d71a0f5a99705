import { z } from 'zod';
import { instant } from '../record.ts';
import { pageOf } from './written.ts';

export const consumerParams = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/)
    .describe('small letters, digits, - and _'),
});
export const consumerPut = z.strictObject({
  cursor: z
    .string()
    .min(1)
    .max(500)
    .describe('everything up to here is acknowledged; an older one changes nothing'),
});
export const consumer = z.object({
  name: z.string(),
  cursor: z.string(),
  cursor_gone: z.boolean().describe('entries after the cursor were dropped: read the lists anew'),
  lag: z.int().describe('entries after the cursor'),
  created_at: instant,
  acknowledged_at: instant,
});
export type FeedReader = z.infer<typeof consumer>;
export const consumerList = pageOf(consumer);
