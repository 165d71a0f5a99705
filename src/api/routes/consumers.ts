import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../context.ts';

interface Named {
  Params: { name: string };
}

/** `/v1/feed/consumers`: who has read how far. What all of them have acknowledged is the first to be dropped. */
export function consumerRoutes(app: FastifyInstance, api: ApiContext): void {
  const { consumers, feed } = api.service;
  const one = '/v1/feed/consumers/:name';
  app.get(
    '/v1/feed/consumers',
    api.route({
      id: 'list_consumers',
      tag: 'feed',
      summary: 'Lists the named consumers of the feed',
      scope: 'feed:read',
      answers: { 200: 'ConsumerList' },
    }),
    async () => ({ items: consumers.list(), next_cursor: null, feed_cursor: feed.cursor() }),
  );
  app.get<Named>(
    one,
    api.route({
      id: 'get_consumer',
      tag: 'feed',
      summary: 'Reads one consumer: its cursor and how far it is behind',
      scope: 'feed:read',
      params: 'ConsumerParams',
      answers: { 200: 'Consumer' },
    }),
    async ({ params }) => consumers.get(params.name),
  );
  app.put<Named & { Body: { cursor: string } }>(
    one,
    api.route({
      id: 'acknowledge_feed',
      tag: 'feed',
      summary: 'Acknowledges the feed up to a cursor; makes the consumer when it is new',
      scope: 'feed:acknowledge',
      params: 'ConsumerParams',
      body: 'ConsumerPut',
      answers: { 200: 'Consumer', 201: 'Consumer' },
    }),
    async ({ params, body }, reply) => {
      const { consumer, created } = await consumers.acknowledge(params.name, body.cursor);
      reply.code(created ? 201 : 200);
      return consumer;
    },
  );
  app.delete<Named>(
    one,
    api.route({
      id: 'delete_consumer',
      tag: 'feed',
      summary: 'Forgets a consumer; nothing is kept for it any more',
      scope: 'feed:acknowledge',
      params: 'ConsumerParams',
      answers: { 200: 'Removed' },
    }),
    async ({ params }) => {
      await consumers.remove(params.name);
      return { applied: null, dry_run: false };
    },
  );
}
