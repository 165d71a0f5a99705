import type { FastifyReply } from 'fastify';
import type { Caller } from '../admin/ports.ts';
import { AppError } from '../core/error.ts';
import type { ApiContext } from './context.ts';

/**
 * Runs work that may wait up to `waitMs`, in a place of the waiting room; none is needed where it does not wait. The signal is
 * aborted when the client goes or the API closes.
 */
export async function whileWaiting<T>(
  api: Pick<ApiContext, 'waiting' | 'closing'>,
  caller: Caller,
  reply: FastifyReply,
  waitMs: number,
  work: (waitMs: number, aborted: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  reply.raw.once('close', abort);
  api.closing.addEventListener('abort', abort);
  const leave = waitMs === 0 ? () => {} : api.waiting.enter(caller.id);
  try {
    if (leave === null) {
      throw new AppError(
        'too_many_requests',
        'too many requests are waiting: ask again without wait, or later',
        {
          members: { retry_after: 5 },
        },
      );
    }
    return await work(api.closing.aborted ? 0 : waitMs, gone.signal);
  } finally {
    leave?.();
    api.closing.removeEventListener('abort', abort);
    reply.raw.off('close', abort);
  }
}
