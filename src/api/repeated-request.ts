import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiContext, callerOf } from './context.ts';

/**
 * Runs the work of a POST once per `Idempotency-Key` and caller: the same request again is given the first one's answer. Answers
 * that went well are kept, a failed request changed nothing and may run again. `kept` leaves out of the database what must not lie there.
 */
export async function once<T>(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<T>,
  kept: (answer: T) => unknown = (answer) => answer,
): Promise<T> {
  const key = request.headers['idempotency-key'];
  const { dry_run } = request.query as { dry_run?: boolean };
  if (typeof key !== 'string' || dry_run === true) return work();
  const told = `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`;
  const fingerprint = api.digest(told);
  const { answer, end } = await api.service.idempotency.begin(`${callerOf(request).id} ${key}`, fingerprint);
  if (answer !== null) {
    reply.code(answer.status).header('idempotency-replayed', 'true');
    return answer.body as T;
  }
  let body: T;
  try {
    body = await work();
  } catch (error) {
    await end(null);
    throw error;
  }
  await end({ request: fingerprint, status: reply.statusCode, body: kept(body), at: api.clock.wall() });
  return body;
}
