import type { FastifyInstance } from 'fastify';
import type { ConfirmationView } from '../../schema/confirmation.ts';
import type { ApiContext } from '../context.ts';
import { once } from '../repeated-request.ts';
import { writeOptions } from '../write-request.ts';

interface Filter {
  state?: string;
  holder_id?: string;
  user_id?: string;
}

/** `/v1/confirmations`: whether each credential has arrived at each device. */
export function confirmationRoutes(app: FastifyInstance, api: ApiContext): void {
  const { confirmations } = api.service;

  app.get<{ Querystring: Filter & { limit: number; after?: string } }>(
    '/v1/confirmations',
    api.route({
      id: 'list_confirmations',
      tag: 'confirmations',
      summary: 'Lists how each credential stands at each device, oldest first',
      scope: 'holders:read',
      query: 'ConfirmationQuery',
      answers: { 200: 'ConfirmationList' },
    }),
    async ({ query: { limit, after, ...filter } }) =>
      confirmations.list({ limit, after: after ?? null }, filter),
  );

  app.get<{ Params: { id: string } }>(
    '/v1/confirmations/:id',
    api.route({
      id: 'get_confirmation',
      tag: 'confirmations',
      summary: 'Reads how one credential stands at one device',
      scope: 'holders:read',
      params: 'IdParams',
      answers: { 200: 'Confirmation' },
    }),
    async ({ params }) => confirmations.get(params.id),
  );

  const verbs = {
    retry: 'Tries again what failed or waits, from the first attempt on',
    cancel: 'Gives up a change that still waits',
  } as const;
  for (const verb of ['retry', 'cancel'] as const) {
    app.post<{ Params: { id: string } }>(
      `/v1/confirmations/:id/${verb}`,
      api.route({
        id: `${verb}_confirmation`,
        tag: 'confirmations',
        summary: verbs[verb],
        scope: 'holders:write',
        params: 'IdParams',
        query: 'WriteQuery',
        headers: 'IdempotencyHeaders',
        answers: { 200: 'Confirmation' },
      }),
      async (request, reply) => {
        const options = writeOptions(request);
        return once<ConfirmationView>(api, request, reply, (keep) => {
          const stored = keep((view: ConfirmationView) => view);
          return confirmations[verb](request.params.id, { ...options, ...stored });
        });
      },
    );
  }
}
