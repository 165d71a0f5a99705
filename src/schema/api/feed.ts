import { z } from 'zod';
import { waitSeconds } from './operation.ts';
import { pageQuery } from './written.ts';

export const feedQuery = z.strictObject({
  ...pageQuery,
  after: pageQuery.after.describe(
    '`cursor` of the page before, or a `feed_cursor`; without it, from the oldest entry',
  ),
  wait: waitSeconds,
  types: z
    .string()
    .regex(/^[a-z_]+\.(\*|[a-z_]+)(,[a-z_]+\.(\*|[a-z_]+)){0,49}$/)
    .optional()
    .describe('types separated by commas, such as access.*,door.opened'),
});

/** With `Accept: text/event-stream`, where a stream that broke goes on. */
export const feedHeaders = z.object({
  'last-event-id': z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('of server-sent events: the last `id` received; it goes before `after`'),
});
