import type { FastifyInstance } from 'fastify';
import type { UserFields } from '../../schema/record.ts';
import type { ApiContext } from '../context.ts';
import { readRoute, resourceRoutes, verbRoute } from '../resource-routes.ts';

/** `/v1/users`. */
export function userRoutes(app: FastifyInstance, api: ApiContext): void {
  const { users } = api.service;
  const kind = {
    path: 'users',
    noun: 'user',
    read: 'users:read',
    write: 'users:write',
    resource: users,
  } as const;
  resourceRoutes(app, api, {
    ...kind,
    fields: (body: Partial<UserFields>) => body,
    schemas: {
      create: 'UserCreate',
      patch: 'UserPatch',
      query: 'UserQuery',
      written: 'UserWritten',
      list: 'UserList',
    },
  });
  readRoute(app, api, { ...kind, answer: 'User' });
  verbRoute(app, api, {
    ...kind,
    verb: 'suspend',
    summary: 'Keeps the person and closes the doors',
    written: 'UserWritten',
    run: (id, options) => users.setSuspended(id, true, options),
  });
  verbRoute(app, api, {
    ...kind,
    verb: 'unsuspend',
    summary: 'Opens the doors again to a suspended person',
    written: 'UserWritten',
    run: (id, options) => users.setSuspended(id, false, options),
  });
  app.get<{ Params: { id: string } }>(
    '/v1/users/:id/effective_access',
    api.route({
      id: 'get_user_effective_access',
      tag: 'users',
      summary: 'The doors the person may open, one row each, with all the ways that lead there',
      scope: 'access:read',
      params: 'IdParams',
      answers: { 200: 'EffectiveAccess' },
    }),
    async ({ params }) => ({ items: users.effectiveAccess(params.id) }),
  );
}
