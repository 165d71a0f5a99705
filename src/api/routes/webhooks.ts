import type { FastifyInstance } from 'fastify';
import type { Resource, WebhooksService, WriteOptions, Written } from '../../admin/ports.ts';
import type { Secret } from '../../core/secret.ts';
import type { Webhook, WebhookFields } from '../../schema/webhook.ts';
import type { ApiContext } from '../context.ts';
import { once } from '../repeated-request.ts';
import { readRoute, resourceRoutes } from '../resource-routes.ts';
import { answerWritten, tag, writeOptions } from '../write-request.ts';

type WebhookWithSecret = Webhook & { secret: string | null };

interface One {
  Params: { id: string };
}

/** `/v1/webhooks`: where the feed is pushed to. A secret is shown in the answer to the call that makes it, and nowhere else. */
export function webhookRoutes(app: FastifyInstance, api: ApiContext): void {
  const { webhooks } = api.service;
  const kind = { path: 'webhooks', noun: 'webhook', read: 'webhooks:read', write: 'webhooks:write' } as const;
  resourceRoutes(app, api, {
    ...kind,
    resource: withSecrets(webhooks),
    fields: (body: Partial<WebhookFields>) => body,
    kept: withoutSecret,
    schemas: {
      create: 'WebhookCreate',
      patch: 'WebhookPatch',
      query: 'WebhookQuery',
      written: 'WebhookWritten',
      list: 'WebhookList',
    },
  });
  readRoute(app, api, { ...kind, resource: webhooks, answer: 'Webhook' });

  app.post<One>(
    '/v1/webhooks/:id/rotate',
    api.route({
      id: 'rotate_webhook',
      tag: 'webhooks',
      summary: 'Makes a new secret; for a day the one before signs too',
      scope: 'webhooks:write',
      params: 'IdParams',
      query: 'WriteQuery',
      headers: 'VerbHeaders',
      answers: { 200: 'WebhookWritten' },
    }),
    async (request, reply) => {
      const options = writeOptions(request);
      const answered = (rotated: Written<Webhook> & { secret?: Secret | null }) =>
        answerWritten(reply, shown(rotated), options);
      const answer = await once<ReturnType<typeof answered>>(
        api,
        request,
        reply,
        async (keep) => answered(await webhooks.rotate(request.params.id, { ...options, ...keep(answered) })),
        withoutSecret,
      );
      if (!answer.dry_run) tag(reply, answer);
      return answer;
    },
  );
  app.post<One>(
    '/v1/webhooks/:id/test',
    api.route({
      id: 'test_webhook',
      tag: 'webhooks',
      summary: 'Sends one webhook.test now, and says what came of it',
      scope: 'webhooks:write',
      params: 'IdParams',
      answers: { 200: 'WebhookAttempt' },
    }),
    ({ params }) => webhooks.test(params.id),
  );
  app.get<One>(
    '/v1/webhooks/:id/deliveries',
    api.route({
      id: 'list_webhook_deliveries',
      tag: 'webhooks',
      summary: 'The last attempts, newest first, and how far it is behind',
      scope: 'webhooks:read',
      params: 'IdParams',
      answers: { 200: 'WebhookDeliveries' },
    }),
    async ({ params }) => webhooks.deliveries(params.id),
  );
  app.post<One & { Body: { from_cursor: string } }>(
    '/v1/webhooks/:id/replay',
    api.route({
      id: 'replay_webhook',
      tag: 'webhooks',
      summary: 'Sends everything after a cursor of the feed (again), under the same ids',
      scope: 'webhooks:write',
      params: 'IdParams',
      body: 'WebhookReplay',
      answers: { 200: 'WebhookReplayed' },
    }),
    ({ params, body }) => webhooks.replay(params.id, body.from_cursor),
  );
}

function shown({
  secret,
  object,
  ...rest
}: Written<Webhook> & { secret?: Secret | null }): Written<WebhookWithSecret> {
  return { ...rest, object: { ...object, secret: secret?.reveal() ?? null } };
}

const withoutSecret = <T extends object>(answer: T) => ({ ...answer, secret: null });

function withSecrets(
  webhooks: WebhooksService,
): Resource<Webhook | WebhookWithSecret, WebhookFields, Record<string, never>> {
  return {
    ...webhooks,
    create: async (fields: WebhookFields, options: WriteOptions) =>
      shown(await webhooks.create(fields, options)),
    replace: async (key: string, fields: WebhookFields, options: WriteOptions) =>
      shown(await webhooks.replace(key, fields, options)),
    update: async (id: string, fields: Partial<WebhookFields>, options: WriteOptions) =>
      shown({ ...(await webhooks.update(id, fields, options)), secret: null }),
  };
}
