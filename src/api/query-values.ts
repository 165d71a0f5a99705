import type { FastifyInstance } from 'fastify';

/**
 * Numbers and booleans of a query come as text and are read by its schema before validation. Only here: in a body, `"5"`
 * is not 5.
 */
export function readQueryValues(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const { querystring } = (request.routeOptions.schema ?? {}) as {
      querystring?: { properties?: Record<string, { type?: string }> };
    };
    const query = request.query as Record<string, unknown>;
    for (const [name, value] of Object.entries(query)) {
      if (typeof value === 'string') query[name] = read(value, querystring?.properties?.[name]?.type);
    }
    done();
  });
}

function read(text: string, type: string | undefined): unknown {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
