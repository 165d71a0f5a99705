import type { Clock } from '../core/clock.ts';

/** Waits for all, at most `ms`. What fails is told to `failed` and holds nothing up. Never rejects. */
export function boundedWait(
  clock: Pick<Clock, 'after'>,
  ms: number,
  all: readonly Promise<unknown>[],
  failed: (error: unknown) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void Promise.all(all.map((one) => one.catch(failed))).then(() => {
      cancel();
      resolve();
    });
  });
}
