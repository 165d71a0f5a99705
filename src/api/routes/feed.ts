import type { FastifyInstance } from 'fastify';
import { type ApiContext, callerOf } from '../context.ts';
import { answerEvents, wantsEvents } from '../event-stream.ts';
import { whileWaiting } from '../long-poll.ts';

interface FeedQuery {
  limit: number;
  after?: string;
  wait: number;
  types?: string;
}

/** `/v1/feed`: events and changes in one order, in pages, by long poll, or as server-sent events. */
export function feedRoutes(app: FastifyInstance, api: ApiContext): void {
  app.get<{ Querystring: FeedQuery }>(
    '/v1/feed',
    api.route({
      id: 'read_feed',
      tag: 'feed',
      summary:
        'Entries after a cursor; with `wait`, waits for the first when there is none; with Accept: text/event-stream, all as they come',
      scope: 'feed:read',
      query: 'FeedQuery',
      headers: 'FeedHeaders',
      answers: { 200: 'FeedPage' },
    }),
    async (request, reply) => {
      const { limit, wait } = request.query;
      const types = request.query.types?.split(',') ?? [];
      const after = request.query.after ?? null;
      if (wantsEvents(request)) {
        const last = request.headers['last-event-id'];
        return answerEvents(api, request, reply, { after: typeof last === 'string' ? last : after, types });
      }
      return whileWaiting(api, callerOf(request), reply, wait * 1000, (waitMs, aborted) =>
        api.service.feed.read({ after, limit, types, waitMs }, aborted),
      );
    },
  );
}
