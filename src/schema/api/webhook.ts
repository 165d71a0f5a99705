import { z } from 'zod';
import { instant } from '../record.ts';
import { webhook, webhookFields } from '../webhook.ts';
import { pageOf, pageQuery, writtenMembers } from './written.ts';

const fields = webhookFields.shape;

export const webhookCreate = webhookFields.extend({
  external_id: fields.external_id.default(null),
  types: fields.types.default([]),
  format: fields.format.default('native'),
  enabled: fields.enabled.default(true),
});
export const webhookPatch = webhookFields.partial();
export const webhookWritten = webhook.extend({
  secret: z
    .string()
    .nullable()
    .describe('whsec_ and base64, shown once to who makes or rotates it; null otherwise'),
  ...writtenMembers,
});
export const webhookList = pageOf(webhook);
export const webhookQuery = z.strictObject(pageQuery);

export const webhookAttempt = z.object({
  event_id: z.string().describe('webhook-id of the message'),
  seq: z.int().nullable().describe('null: a message that is in no feed, such as webhook.test'),
  type: z.string(),
  resource: z.string(),
  attempt: z.int().describe('from 1'),
  time: instant,
  duration_ms: z.int(),
  delivered: z.boolean(),
  status: z.int().nullable().describe('what the receiver answered'),
  error: z.string().nullable().describe('why there was no answer'),
});
export type WebhookAttempt = z.infer<typeof webhookAttempt>;
export const webhookDeliveries = z.object({
  items: z.array(webhookAttempt).describe('the last 100 attempts since the process started, newest first'),
  lag: z.int().describe('entries still to be delivered'),
  failing_since: instant.nullable(),
});
export type WebhookDeliveries = z.infer<typeof webhookDeliveries>;
export const webhookReplay = z.strictObject({
  from_cursor: z
    .string()
    .min(1)
    .max(500)
    .describe('a cursor of the feed: what comes after it is sent (again)'),
});
export const webhookReplayed = z.object({ entries: z.int().describe('entries after the cursor') });
