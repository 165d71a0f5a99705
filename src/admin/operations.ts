import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import { uuidV7 } from '../core/uuid.ts';
import type { Operation } from '../schema/api/operation.ts';
import type { OperationsService } from './ports.ts';

/** How long an ended operation can still be asked for. */
const keptMs = 600_000;
/** Operations kept in all. Beyond that the oldest ended one goes early. */
const maxKept = 1_000;

/** What is said of one that no process has seen to its end. */
const lost = {
  code: 'unknown_result',
  detail:
    'the controller restarted while this was done: whether it was is not known. Look at what it was about before asking again with another idempotency key',
};

interface Run {
  operation: Operation;
  ended: Promise<void>;
}

/** Work that outlives its request, followed by asking. Operations live in memory: a restart ends them. */
export function operationsService(
  clock: Clock,
  random: (bytes: number) => Uint8Array,
  unexpected: (error: unknown) => void,
): OperationsService {
  const runs = new Map<string, Run>();

  const makeRoom = (): void => {
    if (runs.size < maxKept) return;
    for (const [id, { operation }] of runs) {
      if (operation.status === 'pending') continue;
      runs.delete(id);
      return;
    }
    throw new AppError('too_many_requests', `${maxKept} operations are still running: wait for some to end`);
  };

  const failure = (error: unknown): { code: string; detail: string } => {
    if (error instanceof AppError) return { code: error.code, detail: error.message };
    unexpected(error);
    return { code: 'internal', detail: 'something went wrong inside; the log says what' };
  };

  const run = (
    operation: Operation,
    work: () => Promise<unknown>,
    keep: ((told: Operation) => Promise<void>) | undefined,
  ): void => {
    const ended = work()
      .then(
        (result) => Object.assign(operation, { status: 'succeeded', result: result ?? null }),
        (error: unknown) => Object.assign(operation, { status: 'failed', error: failure(error) }),
      )
      .then(() => {
        clock.after(keptMs, () => runs.delete(operation.id));
        // Where it cannot be kept, a repeat is told less than is known.
        keep?.({ ...operation }).catch(() => {});
      });
    runs.set(operation.id, { operation, ended });
  };

  return {
    async start(type, resource, work, keep, resumable = false) {
      const operation: Operation = {
        id: uuidV7(clock.wall(), random(10)),
        type,
        status: 'pending',
        created_at: new Date(clock.wall()).toISOString(),
        resource,
        result: null,
        error: null,
      };
      // Before anything is kept of it: a repeat of what is refused here is to be tried, not told that nobody knows.
      makeRoom();
      await keep?.(resumable ? { ...operation } : { ...operation, status: 'failed', error: lost });
      run(operation, work, keep);
      return { ...operation };
    },
    resume(begun, work, keep) {
      if (!runs.has(begun.id)) {
        makeRoom();
        run({ ...begun }, work, keep);
      }
      return { ...(runs.get(begun.id)?.operation ?? begun) };
    },
    async get(id, waitMs, aborted) {
      const run = runs.get(id);
      if (run === undefined) {
        throw new AppError(
          'not_found',
          'no such operation; one can be asked for until ten minutes after its end',
        );
      }
      if (run.operation.status === 'pending' && waitMs > 0 && aborted?.aborted !== true) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            cancel();
            aborted?.removeEventListener('abort', done);
            resolve();
          };
          const cancel = clock.after(waitMs, done);
          aborted?.addEventListener('abort', done);
          run.ended.then(done, done);
        });
      }
      return { ...run.operation };
    },
  };
}
