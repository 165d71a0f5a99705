import { z } from 'zod';
import { apiKey } from '../record.ts';
import { pageOf } from './written.ts';

/** The answer that shows a token, once; a repeated request is answered without it. */
export const keyCreated = apiKey.extend({
  token: z.string().nullable().describe('shown this once; null in a dry run and in a repeated answer'),
  dry_run: z.boolean(),
});
export const keyList = pageOf(apiKey);
