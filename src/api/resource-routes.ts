import type { FastifyInstance } from 'fastify';
import type { PageQuery, Resource, Written } from '../admin/ports.ts';
import type { AnswerName, BodyName, PartName } from '../schema/api/catalogue.ts';
import type { Scope } from '../schema/record.ts';
import type { ApiContext } from './context.ts';
import { once } from './repeated-request.ts';
import { answerRemoved, answerWritten, tag, writeOptions } from './write-request.ts';

interface Stored {
  id: string;
  revision: number;
  external_id: string | null;
}

/** What sets one kind of object apart from the others. `B` is the body that creates one, `F` its fields. */
export interface ResourceRoutes<T extends Stored, B, F, Filter extends object> {
  /** Plural, as in the path. */
  path: string;
  /** Singular, in calls' names and in sentences. */
  noun: string;
  read: Scope;
  write: Scope;
  resource: Resource<T, F, Filter>;
  fields(body: Partial<B>): Partial<F>;
  /** Leaves out of the database what of an answer must not lie there. */
  kept?(answer: object): unknown;
  schemas: {
    create: BodyName;
    patch: BodyName;
    query: PartName;
    written: AnswerName;
    list: AnswerName;
  };
}

/** List, create, update, remove, and create-or-replace by the portal's own key. Reading one is left to the caller. */
export function resourceRoutes<T extends Stored, B, F, Q extends object>(
  app: FastifyInstance,
  api: ApiContext,
  kind: ResourceRoutes<T, B, F, Q>,
): void {
  const { path, noun, read, write, resource, fields, kept, schemas } = kind;
  const all = `/v1/${path}`;
  const one = `${all}/:id`;
  const named = { tag: path, params: 'IdParams' } as const;
  const whole = (body: B): F => fields(body) as F;

  app.get(
    all,
    api.route({
      id: `list_${path}`,
      tag: path,
      summary: `Lists ${path.replace('_', ' ')}, oldest first`,
      scope: read,
      query: schemas.query,
      answers: { 200: schemas.list },
    }),
    async ({ query }) => {
      const { limit, after, ...filter } = query as { limit: number; after?: string } & Q;
      const page: PageQuery = { limit, after: after ?? null };
      return resource.list(page, filter as unknown as Q);
    },
  );

  app.post(
    all,
    api.route({
      id: `create_${noun}`,
      tag: path,
      summary: `Creates a ${noun.replace('_', ' ')}`,
      scope: write,
      query: 'WriteQuery',
      headers: 'IdempotencyHeaders',
      body: schemas.create,
      answers: { 200: schemas.written, 201: schemas.written },
    }),
    async (request, reply) => {
      const options = writeOptions(request);
      const answered = (written: Written<T>) => answerWritten(reply, written, options);
      const answer = await once<ReturnType<typeof answered>>(
        api,
        request,
        reply,
        async (keep) =>
          answered(await resource.create(whole(request.body as B), { ...options, ...keep(answered) })),
        kept,
      );
      if (!answer.dry_run) {
        tag(reply, answer);
        reply.header('location', `${all}/${answer.id}`);
      }
      return answer;
    },
  );

  app.patch<{ Params: { id: string } }>(
    one,
    api.route({
      ...named,
      id: `update_${noun}`,
      summary: `Changes the members that are sent, leaves the others`,
      scope: write,
      query: 'WriteQuery',
      headers: 'IfMatchHeaders',
      body: schemas.patch,
      answers: { 200: schemas.written },
    }),
    async (request, reply) => {
      const options = writeOptions(request);
      const written = await resource.update(request.params.id, fields(request.body as Partial<B>), options);
      if (!options.dry_run) tag(reply, written.object);
      return answerWritten(reply, written, options);
    },
  );

  app.delete<{ Params: { id: string } }>(
    one,
    api.route({
      ...named,
      id: `delete_${noun}`,
      summary: `Removes it, and says whether the doors already go by that`,
      scope: write,
      query: 'WriteQuery',
      headers: 'IfMatchHeaders',
      answers: { 200: 'Removed' },
    }),
    async (request) => {
      const options = writeOptions(request);
      return answerRemoved(await resource.remove(request.params.id, options), options.dry_run);
    },
  );

  app.put<{ Params: { external_id: string } }>(
    `${all}/by-external-id/:external_id`,
    api.route({
      id: `replace_${noun}`,
      tag: path,
      summary: `Creates it, or replaces all of it, by the portal's own key`,
      scope: write,
      params: 'ExternalIdParams',
      query: 'WriteQuery',
      headers: 'IfMatchHeaders',
      body: schemas.create,
      answers: { 200: schemas.written, 201: schemas.written },
    }),
    async (request, reply) => {
      const options = writeOptions(request);
      const { external_id } = request.params;
      const written = await resource.replace(external_id, whole(request.body as B), options);
      if (!options.dry_run) tag(reply, written.object);
      return answerWritten(reply, written, options);
    },
  );
}

/** Reads one object by its id. */
export function readRoute<T extends Stored>(
  app: FastifyInstance,
  api: ApiContext,
  kind: { path: string; noun: string; read: Scope; answer: AnswerName; resource: { get(id: string): T } },
): void {
  const { path, noun, read, answer, resource } = kind;
  app.get<{ Params: { id: string } }>(
    `/v1/${path}/:id`,
    api.route({
      id: `get_${noun}`,
      tag: path,
      summary: `Reads one ${noun.replace('_', ' ')}`,
      scope: read,
      params: 'IdParams',
      answers: { 200: answer },
    }),
    async ({ params }, reply) => {
      const object = resource.get(params.id);
      tag(reply, object);
      return object;
    },
  );
}

/** `POST /v1/{path}/{id}/{verb}`: a change with a name, without a body. */
export function verbRoute<T extends Stored>(
  app: FastifyInstance,
  api: ApiContext,
  verb: {
    path: string;
    noun: string;
    verb: string;
    summary: string;
    write: Scope;
    written: AnswerName;
    run(id: string, options: ReturnType<typeof writeOptions>): Promise<Written<T>>;
  },
): void {
  app.post<{ Params: { id: string } }>(
    `/v1/${verb.path}/:id/${verb.verb}`,
    api.route({
      id: `${verb.verb}_${verb.noun}`,
      tag: verb.path,
      summary: verb.summary,
      scope: verb.write,
      params: 'IdParams',
      query: 'WriteQuery',
      headers: 'VerbHeaders',
      answers: { 200: verb.written },
    }),
    async (request, reply) => {
      const options = writeOptions(request);
      const answered = (written: Written<T>) => answerWritten(reply, written, options);
      const answer = await once<ReturnType<typeof answered>>(api, request, reply, async (keep) =>
        answered(await verb.run(request.params.id, { ...options, ...keep(answered) })),
      );
      if (!answer.dry_run) tag(reply, answer);
      return answer;
    },
  );
}
