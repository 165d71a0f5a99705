import type { FastifyInstance } from 'fastify';
import { type ApiContext, callerOf } from '../context.ts';
import { whileWaiting } from '../long-poll.ts';

/** `/v1/operations/{id}`: how an unlock or an import goes on. Any key may ask: an id cannot be guessed, and who starts one need not read anything else. */
export function operationRoutes(app: FastifyInstance, api: ApiContext): void {
  app.get<{ Params: { id: string }; Querystring: { wait: number } }>(
    '/v1/operations/:id',
    api.route({
      id: 'get_operation',
      tag: 'operations',
      summary: 'Reads one operation; with `wait`, waits for its end',
      scope: 'any',
      params: 'IdParams',
      query: 'OperationQuery',
      answers: { 200: 'Operation' },
    }),
    async (request, reply) =>
      whileWaiting(api, callerOf(request), reply, request.query.wait * 1000, (waitMs, aborted) =>
        api.service.operations.get(request.params.id, waitMs, aborted),
      ),
  );
}
