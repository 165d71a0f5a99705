import { z } from 'zod';
import { externalId, instant, uuid } from './record.ts';

/** Webhooks: where entries of the feed are pushed to, as stored and as the API shows them. */

const stored = { id: uuid, revision: z.int().min(1), created_at: instant, updated_at: instant };

export const webhookFields = z.strictObject({
  external_id: externalId,
  url: z
    .string()
    .max(2000)
    .regex(/^https?:\/\/[^\s@/]+(\/\S*)?$/)
    .describe(
      'an http or https URL without a user name in it; the site file must allow its host ([webhooks] allow)',
    ),
  types: z
    .array(
      z
        .string()
        .regex(/^[a-z_]+\.(\*|[a-z_]+)$/)
        .describe('a type such as door.opened, or all of a kind, such as access.*'),
    )
    .max(50)
    .describe('types of entries to push, such as access.* or door.opened; none: all'),
  format: z.enum(['native', 'seam']).describe('the shape of the body; headers and signature are the same'),
  enabled: z.boolean(),
});
export const webhook = webhookFields.extend({
  ...stored,
  switched_off: z
    .enum(['gone', 'failing'])
    .nullable()
    .describe('why Postern set enabled to false: the receiver answered 410, or failed for five days'),
  previous_secret_until: instant
    .nullable()
    .describe('until then the secret before the last rotation signs too'),
});
export type WebhookFields = z.infer<typeof webhookFields>;
export type Webhook = z.infer<typeof webhook>;

/** As it is stored: secrets sealed, and the feed entry after which it begins. */
export interface StoredWebhook extends Webhook {
  sealed: string;
  previous_sealed: string | null;
  start_seq: number;
}
