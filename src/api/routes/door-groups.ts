import type { FastifyInstance } from 'fastify';
import type { DoorGroupFields } from '../../schema/record.ts';
import type { ApiContext } from '../context.ts';
import { readRoute, resourceRoutes } from '../resource-routes.ts';

/** `/v1/door_groups`: named sets of doors. They say where access leads, so they share its scopes. */
export function doorGroupRoutes(app: FastifyInstance, api: ApiContext): void {
  const kind = {
    path: 'door_groups',
    noun: 'door_group',
    read: 'access:read',
    write: 'access:write',
    resource: api.service.door_groups,
  } as const;
  resourceRoutes(app, api, {
    ...kind,
    fields: (body: Partial<DoorGroupFields>) => body,
    schemas: {
      create: 'DoorGroupCreate',
      patch: 'DoorGroupPatch',
      query: 'DoorGroupQuery',
      written: 'DoorGroupWritten',
      list: 'DoorGroupList',
    },
  });
  readRoute(app, api, { ...kind, answer: 'DoorGroup' });
}
