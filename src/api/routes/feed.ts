import type { FastifyInstance } from 'fastify';
import { type ApiContext, callerOf } from '../context.ts';
import { whileWaiting } from '../long-poll.ts';

interface FeedQuery {
  limit: number;
  after?: string;
  wait: number;
  types?: string;
}

/** `/v1/feed`: events and changes in one order, in pages or by long poll. */
export function feedRoutes(app: FastifyInstance, api: ApiContext): void {
  app.get<{ Querystring: FeedQuery }>(
    '/v1/feed',
    api.route({
      id: 'read_feed',
      tag: 'feed',
      summary: 'Entries after a cursor; with `wait`, waits for the first when there is none',
      scope: 'feed:read',
      query: 'FeedQuery',
      answers: { 200: 'FeedPage' },
    }),
    async (request, reply) => {
      const { limit, after, wait, types } = request.query;
      return whileWaiting(api, callerOf(request), reply, wait * 1000, (waitMs, aborted) =>
        api.service.feed.read(
          { after: after ?? null, limit, types: types === undefined ? [] : types.split(','), waitMs },
          aborted,
        ),
      );
    },
  );
}
