import { z } from 'zod';
import { warning } from '../schedule.ts';

/** What was stored through the API and will not do as somebody may expect. */
export const warningList = z.object({
  items: z
    .array(
      warning.extend({
        resource: z.string().describe('kind/id of what the pointer goes into'),
        name: z.string(),
      }),
    )
    .describe('schedules, then timetables, then people who get in nowhere; at most 1000'),
  more: z.boolean().describe('true: there are more than these'),
});
export type WarningList = z.infer<typeof warningList>;
