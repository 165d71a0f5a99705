import type { FastifyInstance } from 'fastify';
import type { AccessFields } from '../../schema/record.ts';
import type { ApiContext } from '../context.ts';
import { readRoute, resourceRoutes } from '../resource-routes.ts';

/** `/v1/access`: who may open what. */
export function accessRoutes(app: FastifyInstance, api: ApiContext): void {
  const kind = {
    path: 'access',
    noun: 'access',
    read: 'access:read',
    write: 'access:write',
    resource: api.service.access,
  } as const;
  resourceRoutes(app, api, {
    ...kind,
    fields: (body: Partial<AccessFields>) => body,
    schemas: {
      create: 'AccessCreate',
      patch: 'AccessPatch',
      query: 'AccessQuery',
      written: 'AccessWritten',
      list: 'AccessList',
    },
  });
  readRoute(app, api, { ...kind, answer: 'Access' });
}
