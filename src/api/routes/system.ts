import type { FastifyInstance } from 'fastify';
import { type ApiContext, callerOf } from '../context.ts';
import { onceAtDoors } from '../repeated-request.ts';
import { backupAnswer, clockAnswer, statusAnswer } from '../status-answer.ts';

/** `/v1/system`, and `/healthz` for whoever watches the process. */
export function systemRoutes(app: FastifyInstance, api: ApiContext): void {
  app.get(
    '/healthz',
    api.route({
      id: 'get_health',
      tag: 'system',
      summary: 'Answers while the API works; needs no key',
      scope: null,
      answers: { 200: 'Health' },
    }),
    async () => ({
      status: api.service.storage().state === 'sound' ? 'ok' : 'storage_damaged',
      doors_in_sync: api.service.doors.inSync(),
    }),
  );
  app.get(
    '/v1/system',
    api.route({
      id: 'get_system',
      tag: 'system',
      summary: 'The controller, what it holds, and the state of everything wired to it',
      scope: 'system:read',
      answers: { 200: 'System' },
    }),
    async () => {
      const system = api.service.system();
      const clock = system.doors === null ? null : clockAnswer(system.doors.clock);
      const doors = system.doors === null ? null : statusAnswer(system.doors);
      const backup = backupAnswer(system.backup);
      return { ...system, clock_synced: clock?.synced ?? null, clock, backup, doors };
    },
  );
  app.post(
    '/v1/system/clock/reset',
    api.route({
      id: 'reset_clock',
      tag: 'system',
      summary: 'Says that the clock is right as it reads now; the highest time known to be past is forgotten',
      scope: 'system:write',
      headers: 'IdempotencyHeaders',
      answers: { 200: 'Clock' },
    }),
    async (request, reply) => {
      const caller = callerOf(request);
      return onceAtDoors(api, request, reply, async () =>
        clockAnswer(await api.service.doors.resetClock(caller)),
      );
    },
  );
}
