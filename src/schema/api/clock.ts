import { z } from 'zod';
import { instant } from '../record.ts';

export const clockDoubt = z
  .enum(['not_set', 'not_synchronized', 'stepped'])
  .describe(
    'why the clock is not believed: it reads a time known to be past; no time server was heard; it was put on or back',
  );

/** The wall clock as `GET /v1/system` shows it. */
export const clock = z.object({
  synced: z.boolean().nullable().describe('whether a time server was heard; null: the system does not tell'),
  trusted: z.boolean(),
  never_set: z.boolean().describe('it reads a time known to be past'),
  doubt: clockDoubt.nullable().describe('null: it is trusted'),
  high_water: instant
    .nullable()
    .describe(
      'the highest time known to be past: ends of validity are judged by it where it is later than now',
    ),
});
