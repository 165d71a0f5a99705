import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/error.ts';
import type { SiteReader } from '../../core/site.ts';
import { type ApiContext, callerOf } from '../context.ts';
import { onceAtDoors } from '../repeated-request.ts';
import { readerAnswer } from '../status-answer.ts';

/** `POST /v1/readers/{id}/pair` and `/accept`: which device is trusted as a reader. */
export function readerRoutes(app: FastifyInstance, api: ApiContext): void {
  const { doors } = api.service;

  app.post<{ Params: { id: string }; Body: { minutes: number } }>(
    '/v1/readers/:id/pair',
    api.route({
      id: 'pair_reader',
      tag: 'doors',
      summary:
        'Lets this one reader be given a new random key, for minutes; how it ended is told as reader.paired or reader.pairing_failed',
      scope: 'readers:pair',
      params: 'IdParams',
      headers: 'IdempotencyHeaders',
      body: 'Pair',
      bodyOptional: true,
      answers: { 200: 'PairingWindow' },
    }),
    async (request, reply) => {
      const { id } = readerOf(request.params.id);
      const caller = callerOf(request);
      return onceAtDoors(api, request, reply, async () => {
        const until = await doors.pair(id, request.body.minutes, caller);
        return { reader_id: id, until: new Date(until).toISOString() };
      });
    },
  );

  app.post<{ Params: { id: string } }>(
    '/v1/readers/:id/accept',
    api.route({
      id: 'accept_reader',
      tag: 'doors',
      summary: 'Takes the device that is there now for the reader that was paired',
      scope: 'readers:pair',
      params: 'IdParams',
      headers: 'IdempotencyHeaders',
      answers: { 200: 'Reader' },
    }),
    async (request, reply) => {
      const reader = readerOf(request.params.id);
      const caller = callerOf(request);
      return onceAtDoors(api, request, reply, async () => {
        await doors.accept(reader.id, caller);
        return readerAnswer(reader, doors.site(), doors.status());
      });
    },
  );

  function readerOf(id: string): SiteReader {
    const reader = doors.site().readers.find((one) => one.id === id);
    if (reader !== undefined) return reader;
    throw new AppError('not_found', 'no reader of this site has this id; GET /v1/readers lists them');
  }
}
