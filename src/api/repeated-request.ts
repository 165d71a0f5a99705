import { isDeepStrictEqual } from 'node:util';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WriteOptions } from '../admin/ports.ts';
import type { IdempotentAnswer } from '../schema/storage.ts';
import { type ApiContext, callerOf } from './context.ts';

/**
 * Runs the work of a POST once per `Idempotency-Key` and caller: the same request again is given the first one's answer. Answers
 * that went well are kept, a failed request changed nothing and may run again. `kept` leaves out of the database what must not lie there.
 *
 * Work that hands on what `keep` gives has its answer stored with its change, so that no crash parts the two; `keep` is told how the
 * answer is made of the service's result. What the doors add to it later is stored after that, as are the answers of other work.
 */
export async function once<T>(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (keep: <R>(answered: (result: R) => T) => Pick<WriteOptions, 'keep'>) => Promise<T>,
  kept: (answer: T) => unknown = (answer) => answer,
): Promise<T> {
  const key = request.headers['idempotency-key'];
  const { dry_run } = request.query as { dry_run?: boolean };
  if (typeof key !== 'string' || dry_run === true) return work(() => ({}));
  const told = `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`;
  const fingerprint = api.digest(told);
  const name = `${callerOf(request).id} ${key}`;
  const { answer, end } = await api.service.idempotency.begin(name, fingerprint);
  if (answer !== null) {
    reply.code(answer.status).header('idempotency-replayed', 'true');
    return answer.body as T;
  }
  const answerOf = (body: T): IdempotentAnswer => {
    return { request: fingerprint, status: reply.statusCode, body: kept(body), at: api.clock.wall() };
  };
  const stored: IdempotentAnswer[] = [];
  let body: T;
  try {
    body = await work((answered) => ({
      keep(result) {
        const early = answerOf(answered(result as Parameters<typeof answered>[0]));
        stored.push(early);
        return { key: name, answer: early };
      },
    }));
  } catch (error) {
    await end(null);
    throw error;
  }
  const given = answerOf(body);
  await end(isDeepStrictEqual(stored.at(-1)?.body, given.body) ? null : given);
  return body;
}
