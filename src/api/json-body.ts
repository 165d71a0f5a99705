import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../core/error.ts';
import { jsonFault } from './json-fault.ts';

type Parsed = (error: Error | null, body?: unknown) => void;

/** JSON is the only kind of body. Members named `__proto__` or `constructor.prototype` are refused, anywhere in it. */
export function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error') as (
    request: FastifyRequest,
    text: string,
    done: Parsed,
  ) => void;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    const body = text as string;
    // Many clients declare JSON on requests that have no body.
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    parse(request, body, (error, value) => {
      if (error === null) done(null, value);
      else done(unreadable(body), undefined);
    });
  });
}

function unreadable(body: string): AppError {
  const fault = jsonFault(body);
  const detail =
    fault === null
      ? 'members named __proto__ or constructor are refused'
      : `not JSON from line ${fault.line}, column ${fault.column} on`;
  return new AppError('invalid_input', `the body cannot be read: ${detail}`, {
    errors: [{ pointer: '', detail }],
  });
}
