import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operation } from '../schema/api/operation.ts';
import type { ApiContext } from './context.ts';
import { keyOf } from './repeated-request.ts';

/** What is kept of an operation: how far it has come, while it is pending. Its result can be large; it is asked for by the operation. */
interface Kept<P> extends Operation {
  progress?: P | null;
}

/**
 * As `startOnce`, for work that can go on where an earlier process was cut off: a repeat after a restart does what is left, under the same
 * operation, and nothing of what was done a second time. `reached` keeps how far it has come.
 */
export async function resumeOnce<P>(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  type: Operation['type'],
  work: (from: P | null, reached: (progress: P) => Promise<void>) => Promise<unknown>,
): Promise<Operation> {
  const { operations, idempotency } = api.service;
  const answered = (operation: Operation): Operation => {
    reply.code(202).header('location', `/v1/operations/${operation.id}`);
    return operation;
  };
  const repeatable = keyOf(api, request);
  if (repeatable === null) {
    return answered(await operations.start(type, null, () => work(null, () => Promise.resolve())));
  }
  const { answer, keep, end } = await idempotency.begin(repeatable.name, repeatable.fingerprint);
  const at = answer?.at ?? api.clock.wall();
  let kept: Kept<P> | null = (answer?.body as Kept<P> | undefined) ?? null;
  const store = (body: Kept<P>): Promise<void> => {
    kept = body;
    return keep({ request: repeatable.fingerprint, status: 202, body, at });
  };
  const told = (operation: Operation): Promise<void> => store({ ...operation, result: null });
  const run = (): Promise<unknown> =>
    work(kept?.progress ?? null, (progress) =>
      kept === null ? Promise.resolve() : store({ ...kept, progress }),
    );
  try {
    if (kept === null) return answered(await operations.start(type, null, run, told, true));
    const { progress: _, ...begun } = kept;
    const known = await operations.get(begun.id, 0).catch(() => begun);
    const isCutOff = known === begun && begun.status === 'pending';
    if (!isCutOff) reply.header('idempotency-replayed', 'true');
    return answered(isCutOff ? operations.resume(begun, run, told) : known);
  } finally {
    end();
  }
}
