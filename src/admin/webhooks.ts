import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../schema/storage.ts';
import { type StoredWebhook, type WebhookFields, webhookFields } from '../schema/webhook.ts';
import { placeOf } from './feed-place.ts';
import { checked, invalidInput } from './input.ts';
import type { WebhooksService, WriteOptions } from './ports.ts';
import { showWebhook } from './record-change.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import type { Directory, Vault } from './storage.ts';
import type { Dispatcher } from './webhook/dispatcher.ts';
import type { Endpoint } from './webhook/endpoint.ts';
import { newSecret } from './webhook/signature.ts';
import type { Targets } from './webhook/targets.ts';

const maxWebhooks = 20;
/** How long the secret before a rotation goes on signing. */
const rotationMs = 24 * 3_600_000;

/** Webhooks. A secret is shown when it is made, and lies sealed in the database. */
export function webhooksService(parts: {
  store: Pick<Store, 'id' | 'feedSeq' | 'feedTrimmed'>;
  directory: Directory;
  vault: Vault;
  writer: RecordWriter;
  clock: Clock;
  random(bytes: number): Uint8Array;
  targets: Targets;
  dispatcher: Pick<Dispatcher, 'of'>;
  feedCursor(): string;
}): WebhooksService {
  const { store, directory, vault, clock, random, targets, dispatcher } = parts;

  const checkUrl = (url: string): void => {
    const fault = URL.canParse(url) ? targets.fault(new URL(url)) : 'must be a URL';
    if (fault !== null) throw invalidInput({ pointer: '/url', detail: fault });
  };
  const checkCount = (): void => {
    if (directory.webhooks.size < maxWebhooks) return;
    throw new AppError('too_many_requests', `there are ${maxWebhooks} webhooks: remove one first`);
  };
  const beginning = (): Pick<
    StoredWebhook,
    'sealed' | 'previous_sealed' | 'previous_secret_until' | 'start_seq'
  > => {
    checkCount();
    return {
      sealed: vault.seal(newSecret(random)),
      previous_sealed: null,
      previous_secret_until: null,
      start_seq: store.feedSeq(),
    };
  };

  const webhooks = resource(parts, {
    kind: 'webhook',
    records: directory.webhooks,
    fields: ({ external_id, url, types, format, enabled }): WebhookFields => ({
      external_id,
      url,
      types,
      format,
      enabled,
    }),
    make(fields, stamp, before): StoredWebhook {
      const webhook = checked(webhookFields, fields);
      if (webhook.url !== before?.url) checkUrl(webhook.url);
      const kept = before ?? beginning();
      const switched_off = webhook.enabled ? null : (before?.switched_off ?? null);
      return { ...kept, ...stamp, ...webhook, switched_off };
    },
    show: showWebhook,
    narrows: () => false,
    removal: () => [],
    candidates: () => null,
    matches: (_, __: Record<string, never>) => true,
  });

  const secretOf = (id: string, { dry_run }: WriteOptions): Secret | null => {
    const stored = directory.webhooks.get(id);
    return dry_run || stored === undefined ? null : vault.unseal(stored.sealed);
  };
  const endpoint = (id: string): Endpoint => {
    webhooks.record(id);
    const found = dispatcher.of(id);
    if (found === undefined) throw new AppError('not_found', 'there is no webhook with this id');
    return found;
  };

  return {
    ...webhooks,
    async create(fields, options) {
      const written = await webhooks.create(fields, options);
      return { ...written, secret: secretOf(written.object.id, options) };
    },
    async replace(externalId, fields, options) {
      const written = await webhooks.replace(externalId, fields, options);
      return { ...written, secret: written.created ? secretOf(written.object.id, options) : null };
    },
    async rotate(id, options) {
      const written = await webhooks.revise(
        id,
        (before, stamp) => ({
          ...before,
          ...stamp,
          sealed: vault.seal(newSecret(random)),
          previous_sealed: before.sealed,
          previous_secret_until: new Date(clock.wall() + rotationMs).toISOString(),
        }),
        options,
      );
      return { ...written, secret: secretOf(id, options) };
    },
    test: (id) => endpoint(id).test(),
    deliveries(id) {
      const { attempts, report } = endpoint(id);
      return { items: [...attempts()], ...report() };
    },
    async replay(id, cursor) {
      const found = endpoint(id);
      const seq = placeOf(store, cursor);
      const entries = store.feedSeq() - seq;
      await found.replay(seq);
      return { entries };
    },
  };
}
