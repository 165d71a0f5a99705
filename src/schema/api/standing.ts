import { z } from 'zod';
import { instant } from '../record.ts';

/** What the doors found to start from. */
export const tableFound = z
  .enum(['good', 'stale', 'absent', 'damaged', 'foreign'])
  .describe(
    'of the sealed table: stale: genuine, and not renewed for a week; damaged: altered or cut short, not used; foreign: of another site, not used',
  );

export const tableStart = z.object({
  found: tableFound,
  written_at: instant.nullable().describe('when it was known to be the newest'),
  why: z.string().nullable().describe('why it cannot be used'),
});

/** The admin process, as the door process sees it. */
export const adminStanding = z.object({
  state: z
    .enum(['starting', 'at_work', 'degraded', 'down'])
    .describe('degraded: at work over a damaged database'),
  since: instant,
  next_at: instant.nullable().describe('when the next is started'),
  failing_since: instant
    .nullable()
    .describe('since then it ends again and again, and is tried at longer and longer intervals'),
  restarts: z.int().describe('since the start of the door process'),
  last_end: z
    .object({ at: instant, why: z.string(), last_words: z.array(z.string()) })
    .nullable()
    .describe('null: none has ended'),
});
