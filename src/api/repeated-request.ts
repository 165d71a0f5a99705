import { isDeepStrictEqual } from 'node:util';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WriteOptions } from '../admin/ports.ts';
import { AppError } from '../core/error.ts';
import type { Operation } from '../schema/api/operation.ts';
import type { IdempotentAnswer } from '../schema/storage.ts';
import { type ApiContext, callerOf } from './context.ts';

/** How work has its answer stored. */
interface Keeping<T> {
  /** With its change, in one batch, so that no crash parts the two: how the answer is made of the service's result. */
  withChange<R>(answered: (result: R) => T): Pick<WriteOptions, 'keep'>;
  /** At once, as what a repeat is told from now on; null: the request has no key. */
  now: ((answer: T) => Promise<void>) | null;
}

/**
 * Runs the work of a POST once per `Idempotency-Key` and caller: the same request again is given the first one's answer. Answers
 * that went well are kept, a failed request changed nothing and may run again. `kept` leaves out of the database what must not lie there.
 * What the doors add later to an answer that was stored with its change is stored after that.
 */
export function once<T>(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (keep: Keeping<T>['withChange']) => Promise<T>,
  kept: (answer: T) => unknown = (answer) => answer,
): Promise<T> {
  return repeated(api, request, reply, ({ withChange }) => work(withChange), kept, false);
}

/**
 * As `once`, for a command to the doors, which no batch holds: the key is stored before it is sent. What no process has seen to its end
 * is not sent again by a repeat, which fails with `unknown_result`.
 */
export function onceAtDoors<T>(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<T>,
): Promise<T> {
  return repeated(api, request, reply, work, (answer) => answer, true);
}

/**
 * As `onceAtDoors`, for what goes on after its answer (202). A repeat is given the operation as it is by then; of one that was cut short,
 * that it failed with `unknown_result`.
 */
export async function startOnce(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  type: Operation['type'],
  resource: string | null,
  work: () => Promise<unknown>,
): Promise<Operation> {
  const { operations } = api.service;
  let isNew = false;
  const start = ({ now }: Keeping<Operation>): Promise<Operation> => {
    isNew = true;
    reply.code(202);
    if (now === null) return operations.start(type, resource, work);
    // A report can be large; it is asked for by the operation.
    return operations.start(type, resource, work, (told) => now({ ...told, result: null }));
  };
  const told = await repeated(api, request, reply, start, (answer) => answer, false);
  reply.header('location', `/v1/operations/${told.id}`);
  return isNew ? told : operations.get(told.id, 0).catch(() => told);
}

async function repeated<T>(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (keep: Keeping<T>) => Promise<T>,
  kept: (answer: T) => unknown,
  beforehand: boolean,
): Promise<T> {
  const repeatable = keyOf(api, request);
  if (repeatable === null) return work({ withChange: () => ({}), now: null });
  const { name, fingerprint } = repeatable;
  const { answer, keep, end } = await api.service.idempotency.begin(name, fingerprint);
  if (answer !== null) {
    if (answer.status === begunStatus) throw lost();
    reply.code(answer.status).header('idempotency-replayed', 'true');
    return answer.body as T;
  }
  const at = api.clock.wall();
  const answerOf = (body: T): IdempotentAnswer => {
    return { request: fingerprint, status: reply.statusCode, body: kept(body), at };
  };
  const withItsChange: IdempotentAnswer[] = [];
  let isKept = beforehand;
  try {
    if (beforehand) await keep({ request: fingerprint, status: begunStatus, body: null, at });
    const body = await work({
      withChange: (answered) => ({
        keep(result) {
          const early = answerOf(answered(result as Parameters<typeof answered>[0]));
          withItsChange.push(early);
          return { key: name, answer: early };
        },
      }),
      now(given) {
        isKept = true;
        return keep(answerOf(given));
      },
    });
    const given = answerOf(body);
    const isStored = isKept && !beforehand;
    if (!isStored && !isDeepStrictEqual(withItsChange.at(-1)?.body, given.body)) await keep(given);
    return body;
  } catch (error) {
    // Where that cannot be stored, a repeat is told that nobody knows; this one is told what went wrong with it.
    if (isKept) await keep(null).catch(() => {});
    throw error;
  } finally {
    end();
  }
}

/** Under which key an answer is kept, and for which request; null: this one is not to be repeated. */
export function keyOf(
  api: ApiContext,
  request: FastifyRequest,
): { name: string; fingerprint: string } | null {
  const key = request.headers['idempotency-key'];
  const { dry_run } = request.query as { dry_run?: boolean };
  if (typeof key !== 'string' || dry_run === true) return null;
  const told = `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`;
  return { name: `${callerOf(request).id} ${key}`, fingerprint: api.digest(told) };
}

/** Of an answer that is none yet. */
const begunStatus = 0;

const lost = (): AppError =>
  new AppError(
    'unknown_result',
    'a request with this idempotency key was sent to the doors, and the controller restarted before it was answered: look at what it was about before asking again with another key',
  );
