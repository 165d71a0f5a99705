import type { FastifyInstance } from 'fastify';
import type { Secret } from '../../core/secret.ts';
import type { ApiKey, ApiKeyFields } from '../../schema/record.ts';
import type { ApiContext } from '../context.ts';
import { once } from '../repeated-request.ts';
import { tag, writeOptions } from '../write-request.ts';

/** `/v1/keys`: API keys. A token is shown once, to who makes the key, and is never kept in clear. */
export function keyRoutes(app: FastifyInstance, api: ApiContext): void {
  const { keys, feed } = api.service;
  app.get(
    '/v1/keys',
    api.route({
      id: 'list_keys',
      tag: 'keys',
      summary: 'Lists API keys, without their tokens',
      scope: 'keys:write',
      answers: { 200: 'KeyList' },
    }),
    async () => ({ items: keys.list(), next_cursor: null, feed_cursor: feed.cursor() }),
  );
  app.post<{ Body: ApiKeyFields }>(
    '/v1/keys',
    api.route({
      id: 'create_key',
      tag: 'keys',
      summary: 'Makes an API key with scopes the caller has itself; the answer shows its token once',
      scope: 'keys:write',
      query: 'WriteQuery',
      headers: 'IdempotencyHeaders',
      body: 'KeyCreate',
      answers: { 200: 'KeyCreated', 201: 'KeyCreated' },
    }),
    async (request, reply) => {
      const options = writeOptions(request);
      const { dry_run } = options;
      const answered = ({ object, token }: { object: ApiKey; token: Secret }) => {
        reply.code(dry_run ? 200 : 201);
        return { ...object, token: dry_run ? null : token.reveal(), dry_run };
      };
      const answer = await once<ReturnType<typeof answered>>(
        api,
        request,
        reply,
        async (keep) => answered(await keys.create(request.body, { ...options, ...keep(answered) })),
        (made) => ({ ...made, token: null }),
      );
      if (!dry_run) tag(reply, answer);
      return answer;
    },
  );
  app.delete<{ Params: { id: string } }>(
    '/v1/keys/:id',
    api.route({
      id: 'delete_key',
      tag: 'keys',
      summary: 'Removes an API key; the next call with its token is refused',
      scope: 'keys:write',
      params: 'IdParams',
      query: 'WriteQuery',
      headers: 'IfMatchHeaders',
      answers: { 200: 'Removed' },
    }),
    async (request) => {
      const options = writeOptions(request);
      await keys.remove(request.params.id, options);
      return { applied: null, dry_run: options.dry_run };
    },
  );
}
