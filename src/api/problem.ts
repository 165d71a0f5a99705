import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, errorTable } from '../core/error.ts';

/** RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  retriable: boolean;
  errors: readonly { pointer: string; detail: string }[];
  [member: string]: unknown;
}

/** The problem document of an error. What is not ours, or went wrong inside, is told to the log only. */
export function problemOf(error: AppError, requestId: string): Problem {
  const { status, retriable } = errorTable[error.code];
  const title = error.code.replaceAll('_', ' ');
  return {
    ...error.members,
    type: `urn:postern:error:${error.code}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status,
    detail:
      error.code === 'internal'
        ? 'something went wrong inside; the log has it under this instance'
        : error.message,
    instance: instanceOf(requestId),
    code: error.code,
    retriable,
    errors: error.errors,
  };
}

/** Every error, ours or the framework's, becomes a problem document. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler(answerProblem);
}

/** One error as a problem document; faults of our own are logged with the request's id. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof AppError ? error : fromFramework(error, request);
  if (errorTable[known.code].status >= 500) {
    const err = known.code === 'internal' ? error : known.cause;
    request.log.error({ request_id: request.id, code: known.code, err }, 'request failed');
  }
  return send(reply, known);
}

function send(reply: FastifyReply, error: AppError): FastifyReply {
  const problem = problemOf(error, reply.request.id);
  const { allow, retry_after } = error.members;
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="postern"');
  if (Array.isArray(allow)) reply.header('allow', allow.join(', '));
  if (problem.status === 429 || problem.status === 503) {
    reply.header('retry-after', typeof retry_after === 'number' ? retry_after : 1);
  }
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer((document: unknown) => JSON.stringify(document))
    .send(problem);
}

/** Names one answer: RFC 9457, section 3.1.5. */
export const instanceOf = (requestId: string): string => `urn:uuid:${requestId}`;

function fromFramework(error: unknown, request: FastifyRequest): AppError {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError(
        'body_too_large',
        `the body may have at most ${request.routeOptions.bodyLimit} bytes`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('unsupported_media_type', 'send the body as Content-Type: application/json');
    case 'FST_ERR_BAD_URL':
      return new AppError(
        'invalid_input',
        'the path is not a valid one: escape what is not ASCII as %XX of UTF-8',
      );
    default:
      return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
        ? new AppError('invalid_input', 'the request cannot be read')
        : new AppError('internal', 'unexpected', { cause: error });
  }
}
