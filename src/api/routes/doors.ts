import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/error.ts';
import type { Site, SiteDoor } from '../../core/site.ts';
import type { DoorMode } from '../../core/timetable.ts';
import { type ApiContext, callerOf } from '../context.ts';
import { onceAtDoors, startOnce } from '../repeated-request.ts';
import { doorAnswer, readerAnswer } from '../status-answer.ts';

/** `/v1/doors` and `/v1/readers`: what the site file names, and its state. */
export function doorRoutes(app: FastifyInstance, api: ApiContext): void {
  const { doors, door_access, feed } = api.service;
  const whole = <T>(items: T[]) => ({ items, next_cursor: null, feed_cursor: feed.cursor() });

  app.get(
    '/v1/doors',
    api.route({
      id: 'list_doors',
      tag: 'doors',
      summary: 'Lists all doors with their state',
      scope: 'doors:read',
      answers: { 200: 'DoorList' },
    }),
    async () => {
      const site = doors.site();
      const status = doors.status();
      return whole(
        site.doors.map((door) => doorAnswer(door, site, status, door_access.capabilities(door.id))),
      );
    },
  );

  app.get<{ Params: { id: string } }>(
    '/v1/doors/:id',
    api.route({
      id: 'get_door',
      tag: 'doors',
      summary: 'Reads one door with its state',
      scope: 'doors:read',
      params: 'IdParams',
      answers: { 200: 'Door' },
    }),
    async ({ params }) => {
      const site = doors.site();
      const door = doorOf(site, params.id);
      return doorAnswer(door, site, doors.status(), door_access.capabilities(door.id));
    },
  );

  app.get<{ Params: { id: string }; Querystring: { limit: number; after?: string } }>(
    '/v1/doors/:id/effective_access',
    api.route({
      id: 'get_door_effective_access',
      tag: 'doors',
      summary:
        'The people who may open the door, one row each, with all their ways and whether their codes have arrived',
      scope: 'access:read',
      params: 'IdParams',
      query: 'DoorEffectiveAccessQuery',
      answers: { 200: 'DoorEffectiveAccess' },
    }),
    async ({ params, query: { limit, after } }) =>
      door_access.effectiveAccess(doorOf(doors.site(), params.id).id, { limit, after: after ?? null }),
  );

  app.post<{ Params: { id: string } }>(
    '/v1/doors/:id/unlock',
    api.route({
      id: 'unlock_door',
      tag: 'doors',
      summary: 'Releases the door for its strike time; the operation says how that ended',
      scope: 'doors:unlock',
      params: 'IdParams',
      headers: 'IdempotencyHeaders',
      answers: { 202: 'Operation' },
    }),
    async (request, reply) => {
      const caller = callerOf(request);
      const { id } = doorOf(doors.site(), request.params.id);
      return startOnce(api, request, reply, 'unlock', `door/${id}`, () => doors.unlock(id, caller));
    },
  );

  app.post<{ Params: { id: string }; Body: { mode: DoorMode | null; until: string | null } }>(
    '/v1/doors/:id/mode',
    api.route({
      id: 'set_door_mode',
      tag: 'doors',
      summary: 'Has the door stand so, whatever its timetable says, until then or until released',
      scope: 'doors:mode',
      params: 'IdParams',
      headers: 'IdempotencyHeaders',
      body: 'DoorModeBody',
      answers: { 200: 'DoorModeSet' },
    }),
    async (request, reply) => {
      const caller = callerOf(request);
      const { id } = doorOf(doors.site(), request.params.id);
      const { mode, until } = request.body;
      if (mode === null && until !== null) {
        const detail = 'must be null: a door that goes by its timetable does so for good';
        throw new AppError('invalid_input', `/until ${detail}`, { errors: [{ pointer: '/until', detail }] });
      }
      return onceAtDoors(api, request, reply, async () => {
        await doors.setMode(id, mode, until === null ? null : Date.parse(until), caller);
        return { door_id: id, mode, until: until === null ? null : new Date(until).toISOString() };
      });
    },
  );

  app.get(
    '/v1/readers',
    api.route({
      id: 'list_readers',
      tag: 'doors',
      summary: 'Lists all readers with their state and counters since the start',
      scope: 'doors:read',
      answers: { 200: 'ReaderList' },
    }),
    async () => {
      const site = doors.site();
      const status = doors.status();
      return whole(site.readers.map((reader) => readerAnswer(reader, site, status)));
    },
  );
}

function doorOf(site: Site, id: string): SiteDoor {
  const door = site.doors.find((one) => one.id === id);
  if (door !== undefined) return door;
  throw new AppError('not_found', 'no door of this site has this id; GET /v1/doors lists them');
}
