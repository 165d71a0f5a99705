import type { FastifyInstance } from 'fastify';
import type { HolidayFields, ScheduleFields } from '../../schema/schedule.ts';
import type { TimetableFields } from '../../schema/timetable.ts';
import type { ApiContext } from '../context.ts';
import { readRoute, resourceRoutes } from '../resource-routes.ts';

/**
 * `/v1/schedules`, `/v1/holidays`, `/v1/timetables` and `/v1/warnings`: when access counts, and when doors stand open or shut. They share its
 * scopes, but for writing timetables: who may give people access may not by that leave doors open for everybody.
 */
export function scheduleRoutes(app: FastifyInstance, api: ApiContext): void {
  const { schedules, holidays, timetables } = api.service;
  /** As `GET /v1/{path}/{id}.ics`. */
  const calendarRoute = (
    path: 'schedules' | 'timetables',
    noun: string,
    summary: string,
    of: (id: string) => string,
  ) =>
    app.get<{ Params: { id: string } }>(
      `/v1/${path}/:id.ics`,
      api.route({
        id: `get_${noun}_calendar`,
        tag: path,
        summary: `${summary} for the next 400 days, as an iCalendar (text/calendar)`,
        scope: 'access:read',
        params: 'IdParams',
        answers: {},
      }),
      async ({ params }, reply) =>
        reply.type('text/calendar; charset=utf-8').serializer(String).send(of(params.id)),
    );
  const scopes = { read: 'access:read', write: 'access:write' } as const;
  const ofSchedules = { path: 'schedules', noun: 'schedule', ...scopes, resource: schedules } as const;
  resourceRoutes(app, api, {
    ...ofSchedules,
    fields: (body: Partial<ScheduleFields>) => body,
    schemas: {
      create: 'ScheduleCreate',
      patch: 'SchedulePatch',
      query: 'ScheduleQuery',
      written: 'ScheduleWritten',
      list: 'ScheduleList',
    },
  });
  readRoute(app, api, { ...ofSchedules, answer: 'Schedule' });
  calendarRoute('schedules', 'schedule', 'The times it contains', schedules.calendar);

  const ofHolidays = { path: 'holidays', noun: 'holiday', ...scopes, resource: holidays } as const;
  resourceRoutes(app, api, {
    ...ofHolidays,
    fields: (body: Partial<HolidayFields>) => body,
    schemas: {
      create: 'HolidayCreate',
      patch: 'HolidayPatch',
      query: 'HolidayQuery',
      written: 'HolidayWritten',
      list: 'HolidayList',
    },
  });
  readRoute(app, api, { ...ofHolidays, answer: 'Holiday' });

  const ofTimetables = {
    path: 'timetables',
    noun: 'timetable',
    ...scopes,
    write: 'doors:mode',
    resource: timetables,
  } as const;
  resourceRoutes(app, api, {
    ...ofTimetables,
    fields: (body: Partial<TimetableFields>) => body,
    schemas: {
      create: 'TimetableCreate',
      patch: 'TimetablePatch',
      query: 'TimetableQuery',
      written: 'TimetableWritten',
      list: 'TimetableList',
    },
  });
  readRoute(app, api, { ...ofTimetables, answer: 'Timetable' });
  calendarRoute('timetables', 'timetable', 'When its doors are not normal', timetables.calendar);

  app.get(
    '/v1/warnings',
    api.route({
      id: 'list_warnings',
      tag: 'schedules',
      summary: 'Schedules, timetables and access that will not do as somebody may expect',
      scope: 'access:read',
      answers: { 200: 'WarningList' },
    }),
    async () => api.service.warnings.list(),
  );
}
