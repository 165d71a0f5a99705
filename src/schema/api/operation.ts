import { z } from 'zod';
import { instant, uuid } from '../record.ts';

/** Longest `wait` anywhere, in seconds: most proxies give up at 60. */
export const longestWait = 55;
export const waitSeconds = z.int().min(0).max(longestWait).default(0).describe('seconds to wait for news');

export const operation = z.object({
  id: uuid,
  type: z.enum(['unlock', 'import', 'arm', 'disarm']),
  status: z.enum(['pending', 'succeeded', 'failed']),
  created_at: instant,
  resource: z.string().nullable().describe('kind/id of what it is about'),
  result: z.unknown().describe('of an import: its report'),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
});
export type Operation = z.infer<typeof operation>;
export const operationQuery = z.strictObject({ wait: waitSeconds });
