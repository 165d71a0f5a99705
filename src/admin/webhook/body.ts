import type { FeedEntry } from '../../schema/storage.ts';
import type { WebhookFields } from '../../schema/webhook.ts';

/** What a body is made of: an entry of the feed, or news that is in no feed (`seq` null). */
export type Message = Omit<FeedEntry, 'seq'> & { seq: number | null };

/** Standard Webhooks 1.0.0 asks for payloads under 20 kB. */
const largestBody = 20_000;
const longestText = 300;
/** What of a managed object is told: who reads more asks the API. */
const told =
  /(^|_)id$|^(kind|state|reason|suspended|blocked|enabled|switched_off|slot|attempt|evidence|retriable)$/;
const managed = /\.(created|updated|deleted)$/;

/**
 * The body of a message, the same at each attempt. Thin: ids, states and reasons, no names, no addresses. `cursor`: right after the entry.
 * `seam`: `event_id` and `event_type` at the top, as the Seam SDK reads them; the types are ours.
 */
export function webhookBody(
  format: WebhookFields['format'],
  message: Message,
  cursor: string,
  siteId: string,
): string {
  const { id, seq, type, time, resource, revision } = message;
  const common = { resource, revision, seq, cursor };
  const shape = (data: Record<string, unknown>): string =>
    JSON.stringify(
      format === 'seam'
        ? {
            event_id: id,
            event_type: type,
            workspace_id: siteId,
            created_at: time,
            occurred_at: time,
            ...common,
            data,
          }
        : { id, type, timestamp: time, ...common, data },
    );
  const body = shape(thin(message));
  return Buffer.byteLength(body) < largestBody ? body : shape({});
}

/** The members that are scalars; of a managed object, only those that tell of its state. */
function thin({ type, data }: Message): Record<string, unknown> {
  const isManaged = managed.test(type);
  const kept = Object.entries(data).flatMap(([name, value]): [string, unknown][] => {
    if (isManaged && !told.test(name)) return [];
    if (typeof value === 'string') return [[name, value.slice(0, longestText)]];
    return value === null || typeof value === 'number' || typeof value === 'boolean' ? [[name, value]] : [];
  });
  return Object.fromEntries(kept.slice(0, 40));
}
