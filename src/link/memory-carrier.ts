import type { Carrier, Envelope } from './window.ts';

/**
 * Two carriers joined in memory, for tests that run both processes in one. Envelopes are structured-cloned, as between
 * real processes, and arrive in a later turn of the event loop.
 */
export function memoryCarriers(): [Carrier, Carrier] {
  const takers: [((e: Envelope) => void) | null, ((e: Envelope) => void) | null] = [null, null];
  const downs: [((reason: string) => void) | null, ((reason: string) => void) | null] = [null, null];
  const waiting: [Envelope[], Envelope[]] = [[], []];
  let open = true;
  const end = (me: 0 | 1, other: 0 | 1): Carrier => ({
    post(envelope) {
      if (!open) return;
      waiting[other].push(structuredClone(envelope));
      setImmediate(() => {
        const take = takers[other];
        if (take === null || !open) return;
        for (const next of waiting[other].splice(0)) take(next);
      });
    },
    receive(taken, down) {
      takers[me] = taken;
      downs[me] = down;
    },
    close() {
      if (!open) return;
      open = false;
      setImmediate(() => downs[other]?.('the other end closed'));
    },
  });
  return [end(0, 1), end(1, 0)];
}
