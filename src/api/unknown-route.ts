import type { FastifyInstance } from 'fastify';
import { AppError } from '../core/error.ts';

/** Paths nobody serves are `not_found`; paths that are served by other methods `method_not_allowed`, which names them. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const served = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = served.get(url) ?? {
      pattern: new RegExp(`^${url.replace(/[.+]/g, '\\$&').replace(/:[a-z_]+/g, '[^/]+')}$`),
      methods: new Set(),
    };
    for (const one of [method].flat()) known.methods.add(one);
    served.set(url, known);
  });
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const found = [...served.values()].filter(({ pattern }) => pattern.test(path));
    const allow = [...new Set(found.flatMap(({ methods }) => [...methods]))];
    if (allow.length === 0) throw new AppError('not_found', 'no such path; /openapi.json lists them all');
    throw new AppError('method_not_allowed', `this path takes ${allow.join(', ')}`, { members: { allow } });
  });
}
