import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { IdempotentAnswer, Store } from '../schema/storage.ts';
import type { AdminService } from './ports.ts';

/** How long a repeated request gets the first one's answer. */
const keptMs = 24 * 3_600_000;

/**
 * Answers by idempotency key (draft-ietf-httpapi-idempotency-key-header-07), kept in the database. `begin` gives the
 * stored answer, or the right to run, which `end` gives back; where no answer was kept by then, the next one runs.
 */
export function idempotencyKeys(
  store: Pick<Store, 'idempotent' | 'commit'>,
  clock: Clock,
  believed: () => boolean,
): AdminService['idempotency'] {
  const running = new Set<string>();
  const keep = async (key: string, answer: IdempotentAnswer | null): Promise<void> => {
    await store.commit({ changes: [], feed: [], idempotency: { key, answer } });
  };
  return {
    async begin(key, request) {
      if (running.has(key)) {
        throw new AppError('request_in_progress', 'a request with this idempotency key is still running');
      }
      running.add(key);
      let answer: IdempotentAnswer | null;
      try {
        answer = await store.idempotent(key);
      } catch (error) {
        running.delete(key);
        throw error;
      }
      // By a clock that is wrong, an answer of just now may look old.
      if (answer !== null && (!believed() || clock.wall() - answer.at < keptMs)) {
        running.delete(key);
        if (answer.request === request) return { answer, keep: (given) => keep(key, given), end: () => {} };
        throw new AppError(
          'idempotency_key_reused',
          'this idempotency key was used for another request: make a new key for each request',
        );
      }
      return {
        answer: null,
        keep: (given) => keep(key, given),
        end: () => void running.delete(key),
      };
    },
  };
}
