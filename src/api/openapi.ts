import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { RouteMaker } from './route.ts';

const description = `Conventions: JSON in snake_case. Unknown members in requests are refused; ignore unknown ones in answers.
Errors are problem documents (RFC 9457); branch on \`code\` and \`retriable\`.
Writes of what is stored take \`?dry_run=true\`; a call that does not take it refuses it. Lists are pages: \`next_cursor\` is the \`after\` of the next one.
\`x-required-scope\` is the scope that the API key must have.`;

/** Makes `/openapi.json` from the schemas that validate and serialise. Call before any route is added. */
export function describeApi(app: FastifyInstance, version: string): void {
  const withoutBody = new Set<unknown>();
  void app.register(swagger, {
    transform: ({ schema, url, route }) => {
      if (route.config?.bodyOptional === true) withoutBody.add(schema.operationId);
      return { schema, url };
    },
    // The plugin says of every body that it has to be there.
    transformObject: (described) => {
      if (!('openapiObject' in described)) return described.swaggerObject;
      for (const path of Object.values(described.openapiObject.paths ?? {})) {
        const post = path?.post;
        if (!withoutBody.has(post?.operationId) || post?.requestBody === undefined) continue;
        if ('content' in post.requestBody) post.requestBody.required = false;
      }
      return described.openapiObject;
    },
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Postern', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      components: { securitySchemes: { api_key: { type: 'http', scheme: 'bearer' } } },
      security: [{ api_key: [] }],
    },
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `def_${i}`),
    },
  });
}

/** `GET /openapi.json`; made once, when first asked for. */
export function openapiRoute(app: FastifyInstance, route: RouteMaker): void {
  let document: string | null = null;
  const { schema, config } = route({
    id: 'get_openapi',
    tag: 'system',
    summary: 'This document; needs no key',
    scope: null,
    answers: {},
  });
  app.get(
    '/openapi.json',
    { config: config ?? {}, schema: { ...schema, hide: true } },
    async (_request, reply) => {
      document ??= JSON.stringify(app.swagger());
      return reply.type('application/json').serializer(String).send(document);
    },
  );
}
