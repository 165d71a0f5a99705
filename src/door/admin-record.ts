import type { Clock } from '../core/clock.ts';
import type { AdminEnd, AdminStanding } from '../core/status.ts';

/** The story of the admin process: how it stands, and when the next one is due. */
export interface AdminRecord {
  standing(): AdminStanding;
  /** One is started. */
  starting(): void;
  /** It has opened its database: a sound one, or a damaged one. */
  atWork(database: 'sound' | 'damaged'): void;
  /** It has ended, or none could be started. Tells after how many ms the next is due. */
  ended(why: string, lastWords: readonly string[]): Ended;
  /** Called while one has been at work for `soundAfterMs`: how long it had been failing; null: it was not. */
  sound(): number | null;
}

export interface Ended {
  waitMs: number;
  /** `begins` to fail with this end, has done so before, or does not. */
  failing: 'begins' | 'goes_on' | 'no';
}

/** So many ends within this time are no accident. */
const manyEnds = 5;
const manyWithinMs = 300_000;
/** One that is at work for so long is well, whatever was before. */
export const soundAfterMs = 300_000;
const firstWaitMs = 1_000;
const lastWaitMs = 300_000;
/** One that lived this long may be replaced soon again. */
const longLifeMs = 60_000;

/** Begins with none that has ever run. */
export function adminRecord(clock: Clock): AdminRecord {
  let state: AdminStanding['state'] = 'down';
  let since = clock.wall();
  let nextAt: number | null = null;
  let failing: { wall: number; mono: number } | null = null;
  let restarts = 0;
  let lastEnd: AdminEnd | null = null;
  let born = clock.mono();
  let ends: number[] = [];
  let waitMs = firstWaitMs;

  const become = (next: AdminStanding['state']): void => {
    state = next;
    since = clock.wall();
  };

  return {
    standing: () => ({
      state,
      since,
      next_at: nextAt,
      failing_since: failing?.wall ?? null,
      restarts,
      last_end: lastEnd,
    }),
    starting() {
      if (lastEnd !== null) restarts += 1;
      born = clock.mono();
      nextAt = null;
      become('starting');
    },
    atWork(database) {
      become(database === 'sound' ? 'at_work' : 'degraded');
    },
    ended(why, last_words) {
      const now = clock.mono();
      ends = [...ends, now].slice(-manyEnds);
      const wasFailing = failing !== null;
      const first = ends[0] ?? now;
      if (ends.length === manyEnds && now - first <= manyWithinMs)
        failing ??= { wall: clock.wall(), mono: now };
      if (now - born >= longLifeMs) waitMs = firstWaitMs;
      const due = waitMs;
      waitMs = Math.min(2 * waitMs, lastWaitMs);
      become('down');
      lastEnd = { at: since, why, last_words: [...last_words] };
      nextAt = since + due;
      return { waitMs: due, failing: failing === null ? 'no' : wasFailing ? 'goes_on' : 'begins' };
    },
    sound() {
      if (failing === null) return null;
      const lasted = clock.mono() - failing.mono;
      failing = null;
      ends = [];
      return lasted;
    },
  };
}
