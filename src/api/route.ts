import { isDeepStrictEqual } from 'node:util';
import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { AppError } from '../core/error.ts';
import type { AnswerName, BodyName, PartName } from '../schema/api/catalogue.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { Scope } from '../schema/record.ts';

/**
 * What a route asks for; `any`: a key, whatever its scopes; `local`: to come over the Unix socket, which no key replaces; null: nothing,
 * anyone may call it.
 */
export type RouteScope = Scope | 'any' | 'local' | null;

/** A route as it is declared: all that validation, authorisation and the OpenAPI document need. */
export interface RouteDeclaration {
  /** Unique; names the call in generated clients. */
  id: string;
  tag: string;
  summary: string;
  scope: RouteScope;
  params?: PartName;
  /** Without it every query is refused. */
  query?: PartName;
  headers?: PartName;
  body?: BodyName;
  /** A request without a body is one with `{}`: of this body nothing has to be said. */
  bodyOptional?: true;
  /** Schemas of the good answers by status; every other answer is a problem document. */
  answers: Partial<Record<200 | 201 | 202, AnswerName>>;
  /** Bytes; 1 MiB where nothing is said. */
  bodyLimit?: number;
}

export type RouteMaker = (declaration: RouteDeclaration) => RouteShorthandOptions;

const problem = {
  description: 'Problem document (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
};

/** Turns declarations into what Fastify takes. */
export function routeMaker(parts: Record<PartName, JsonSchema>): RouteMaker {
  return ({ id, tag, summary, scope, params, query, headers, body, bodyOptional, answers, bodyLimit }) => ({
    config: { scope, bodyOptional: bodyOptional === true },
    ...(body === undefined ? { preValidation: refuseBody } : {}),
    ...(bodyOptional === true ? { preValidation: fillBody } : {}),
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    schema: {
      // What is for the command line alone is no part of the API.
      hide: scope === 'local',
      operationId: id,
      tags: [tag],
      summary,
      ...(scope === null ? { security: [] } : {}),
      ...(scope === null || scope === 'any' || scope === 'local' ? {} : { 'x-required-scope': scope }),
      querystring: parts[query ?? 'NoQuery'],
      ...(params === undefined ? {} : { params: parts[params] }),
      ...(headers === undefined ? {} : { headers: parts[headers] }),
      ...(body === undefined ? {} : { body: { $ref: `${body}#` } }),
      response: {
        ...Object.fromEntries(
          Object.entries(answers).map(([status, name]) => [
            status,
            {
              description: status === '202' ? 'Under way' : status === '201' ? 'Made' : 'Done',
              $ref: `${name}#`,
            },
          ]),
        ),
        default: problem,
      },
    },
  });
}

function fillBody(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  request.body ??= {};
  done();
}

/** What is said where nothing is taken was meant for something: it is not passed over. Some clients send `{}` with every POST. */
function refuseBody({ body }: FastifyRequest, _reply: FastifyReply, done: (error?: AppError) => void): void {
  if (body === undefined || body === null || isDeepStrictEqual(body, {})) {
    done();
    return;
  }
  const detail = 'must be empty: this call takes no body';
  done(new AppError('invalid_input', `the body ${detail}`, { errors: [{ pointer: '', detail }] }));
}
