import type { FastifyInstance } from 'fastify';
import { Secret } from '../../core/secret.ts';
import type { CredentialFields } from '../../schema/record.ts';
import { type ApiContext, callerOf, needScope } from '../context.ts';
import { guardCredentials } from '../guess-guard.ts';
import { resourceRoutes, verbRoute } from '../resource-routes.ts';
import { tag } from '../write-request.ts';

/** A body with its value in clear; the value is wrapped here and stays so. */
export type CredentialBody = CredentialFields & { value: string };

/** `/v1/credentials`. A value comes in, and goes out only where it is asked for with the scope for it. */
export function credentialRoutes(app: FastifyInstance, api: ApiContext): void {
  const credentials = guardCredentials(api, api.service.credentials);
  const kind = {
    path: 'credentials',
    noun: 'credential',
    read: 'credentials:read',
    write: 'credentials:write',
    resource: credentials,
  } as const;
  resourceRoutes(app, api, {
    ...kind,
    fields: ({ value, ...others }: Partial<CredentialBody>) =>
      value === undefined ? others : { ...others, value: new Secret(value) },
    schemas: {
      create: 'CredentialCreate',
      patch: 'CredentialPatch',
      query: 'CredentialQuery',
      written: 'CredentialWritten',
      list: 'CredentialList',
    },
  });
  app.get<{ Params: { id: string }; Querystring: { reveal: boolean } }>(
    '/v1/credentials/:id',
    api.route({
      id: 'get_credential',
      tag: 'credentials',
      summary: 'Reads one credential; with ?reveal=true its value too, which the feed records',
      scope: 'credentials:read',
      params: 'IdParams',
      query: 'RevealQuery',
      answers: { 200: 'CredentialRead' },
    }),
    async (request, reply) => {
      const { id } = request.params;
      const caller = callerOf(request);
      if (request.query.reveal) needScope(caller, 'credentials:reveal');
      const credential = credentials.get(id);
      tag(reply, credential);
      if (!request.query.reveal) return credential;
      return { ...credential, value: (await credentials.reveal(id, caller)).reveal() };
    },
  );
  verbRoute(app, api, {
    ...kind,
    verb: 'block',
    summary: 'Refuses it at every door at once',
    written: 'CredentialWritten',
    run: (id, options) => credentials.setBlocked(id, true, options),
  });
  verbRoute(app, api, {
    ...kind,
    verb: 'unblock',
    summary: 'Takes a block away',
    written: 'CredentialWritten',
    run: (id, options) => credentials.setBlocked(id, false, options),
  });
}
