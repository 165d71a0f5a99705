import type { FastifyInstance } from 'fastify';
import type { Written } from '../../admin/ports.ts';
import { AppError } from '../../core/error.ts';
import type { Credential } from '../../schema/record.ts';
import { type ApiContext, callerOf } from '../context.ts';
import { guarded } from '../guess-guard.ts';
import { once, startOnce } from '../repeated-request.ts';
import { answerWritten, tag, writeOptions } from '../write-request.ts';

/** `/v1/holders`: the devices that keep codes, and what is in their slots. */
export function holderRoutes(app: FastifyInstance, api: ApiContext): void {
  const { holders, feed } = api.service;
  const whole = <T>(items: T[]) => ({ items, next_cursor: null, feed_cursor: feed.cursor() });

  app.get(
    '/v1/holders',
    api.route({
      id: 'list_holders',
      tag: 'holders',
      summary: "Lists the devices that keep codes, the controller's own table first",
      scope: 'holders:read',
      answers: { 200: 'HolderList' },
    }),
    async () => whole(holders.list()),
  );

  app.get<{ Params: { id: string } }>(
    '/v1/holders/:id',
    api.route({
      id: 'get_holder',
      tag: 'holders',
      summary: 'Reads one device: its capacity, and whether it takes codes now',
      scope: 'holders:read',
      params: 'IdParams',
      answers: { 200: 'Holder' },
    }),
    async ({ params }) => holders.get(params.id),
  );

  app.get<{ Params: { id: string } }>(
    '/v1/holders/:id/slots',
    api.route({
      id: 'list_slots',
      tag: 'holders',
      summary: 'Lists every slot of a device, codes that nobody here made among them',
      scope: 'holders:read',
      params: 'IdParams',
      answers: { 200: 'SlotList' },
    }),
    async ({ params }) => whole(holders.slots(params.id)),
  );

  app.delete<{ Params: { id: string } }>(
    '/v1/holders/:id',
    api.route({
      id: 'forget_holder',
      tag: 'holders',
      summary:
        'Forgets a device that has left the site file: whatever it still holds is known to nobody any more',
      scope: 'holders:write',
      params: 'IdParams',
      query: 'WriteQuery',
      answers: { 200: 'HolderForgotten' },
    }),
    async (request) => {
      const options = writeOptions(request);
      const { stored } = await holders.forget(request.params.id, options);
      return { id: request.params.id, stored, dry_run: options.dry_run };
    },
  );

  app.post<{ Params: { id: string; slot: string }; Body: { user_id: string | null } }>(
    '/v1/holders/:id/slots/:slot/adopt',
    api.route({
      id: 'adopt_slot',
      tag: 'holders',
      summary: 'Takes over a code that was made on the device, as a PIN of this user',
      scope: 'holders:write',
      params: 'SlotParams',
      query: 'WriteQuery',
      headers: 'IdempotencyHeaders',
      body: 'Adopt',
      bodyOptional: true,
      answers: { 200: 'CredentialWritten', 201: 'CredentialWritten' },
    }),
    async (request, reply) => {
      const options = writeOptions(request);
      const { id, slot } = request.params;
      // Whether a PIN found on a device is somebody's here already tells as much as trying it would.
      const answered = (written: Written<Credential>) => answerWritten(reply, written, options);
      const answer = await once<ReturnType<typeof answered>>(api, request, reply, async (keep) => {
        const stored = { ...options, ...keep(answered) };
        const adopt = () => holders.adopt(id, Number(slot), request.body.user_id, stored);
        return answered(await guarded(api, options.caller, adopt));
      });
      if (!answer.dry_run) tag(reply, answer);
      return answer;
    },
  );
}

/** `/v1/partitions/{id}/arm` and `/disarm`: orders to the panel, which answers when it has followed. */
export function partitionRoutes(app: FastifyInstance, api: ApiContext): void {
  const { holders } = api.service;
  for (const verb of ['arm', 'disarm'] as const) {
    app.post<{ Params: { id: string }; Body: { how: 'away' | 'stay' } | undefined }>(
      `/v1/partitions/:id/${verb}`,
      api.route({
        id: `${verb}_partition`,
        tag: 'holders',
        summary: `Has the panel ${verb} a partition; the operation says how that ended`,
        scope: 'partitions:arm',
        params: 'IdParams',
        headers: 'IdempotencyHeaders',
        ...(verb === 'arm' ? { body: 'Arm' as const, bodyOptional: true as const } : {}),
        answers: { 202: 'Operation' },
      }),
      async (request, reply) => {
        const caller = callerOf(request);
        const { id } = request.params;
        const how = verb === 'disarm' ? 'disarm' : (request.body?.how ?? 'away');
        const partition = api.service.doors.site().panel?.partitions.find((one) => one.id === id);
        if (partition === undefined) {
          throw new AppError(
            'not_found',
            'no partition of this site has this id; GET /v1/holders lists them',
          );
        }
        const order = () => holders.arm(id, how, caller);
        return startOnce(api, request, reply, verb, `partition/${id}`, order);
      },
    );
  }
}
