import { z } from 'zod';
import { sync } from '../confirmation.ts';
import { warning } from '../schedule.ts';
import { plan } from './plan.ts';

/** What the answer to every write says beside the object. */
export const writtenMembers = {
  applied: z
    .boolean()
    .nullable()
    .describe(
      'for a write that takes something away: whether every door already goes by it (waits up to 1 s); null for others',
    ),
  sync: sync
    .optional()
    .describe(
      'how far the devices have followed (in a dry run: as it would be at once); of what people hold only',
    ),
  dry_run: z.boolean().describe('true: nothing was changed, this is what would have been stored'),
  plan: plan.optional().describe('in the answer to a dry run: what it would do'),
};

/** What a dry run says beside: nothing is wrong, but somebody may not mean it. */
export const warnings = { warnings: z.array(warning).optional().describe('in the answer to a dry run') };

/** Answer to a DELETE. */
export const removed = z.object({ ...writtenMembers, ...warnings }).describe('Removed');

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe('`after` of the next page; null on the last'),
    feed_cursor: z.string().describe('the feed read from here misses nothing that this list does not show'),
  });

/** Queries that every list takes. */
export const pageQuery = {
  limit: z.int().min(1).max(500).default(100),
  after: z.string().min(1).max(500).optional().describe('next_cursor of the page before'),
};

/** Query that every write takes. */
export const writeQuery = z.strictObject({
  dry_run: z.boolean().default(false).describe('true: everything is checked, nothing is changed'),
  if_armed: z
    .enum(['keep', 'reject'])
    .default('keep')
    .describe(
      'a change that touches an armed partition: kept until it is disarmed, or refused (409 panel_armed)',
    ),
});

export const idParams = z.strictObject({ id: z.uuid().describe('UUID') });
export const externalIdParams = z.strictObject({
  external_id: z.string().min(1).max(200).describe("the portal's own key"),
});

/** Headers that writes may carry. */
export const ifMatchHeaders = z.object({
  'if-match': z
    .string()
    .regex(/^(\*|(W\/)?"[1-9][0-9]{0,15}")$/)
    .optional()
    .describe('the ETag of the object as you know it, such as "3"; another revision stored is answered 412'),
});
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[!-~]{1,255}$/)
    .optional()
    .describe('up to 255 visible characters; for 24 h the same key and request are answered alike'),
});
export const verbHeaders = ifMatchHeaders.extend(idempotencyHeaders.shape);
