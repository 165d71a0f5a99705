import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/site.ts';
import type { Journal } from './journal.ts';

/** What is worth telling of the admin process. */
export type AdminNews =
  /** A new one takes the place of one that ended. `failing`: as so often lately. */
  | { what: 'restarted'; failing: boolean; ended: LastLife }
  /** It ends again and again, and is tried at longer and longer intervals from now on. */
  | { what: 'failing'; ended: LastLife }
  /** One has been at work for long enough after that. */
  | { what: 'recovered'; failing_ms: number; restarts: number };

/** How the last one ended, how many there have been after the first, and what it said at last (no secret in it). */
export interface LastLife {
  why: string;
  restarts: number;
  last_words: readonly string[];
}

/** Tells all of it in the log; in the feed each restart, but not those of weeks in which none lives: the journal is for the doors. */
export function adminNewsTeller(parts: {
  site: Pick<Site, 'id'>;
  clock: Clock;
  log: Logger;
  journal: Pick<Journal, 'append'>;
}): (news: AdminNews) => void {
  const { clock, log, journal } = parts;
  const resource = `system/${parts.site.id}`;
  return (news) => {
    const time = clock.wall();
    switch (news.what) {
      case 'restarted':
        log.warn({ ...news.ended }, 'the admin process ended and is started again; doors are not affected');
        if (!news.failing) journal.append({ time, type: 'admin.restarted', resource, data: news.ended });
        return;
      case 'failing':
        log.error(
          { ...news.ended },
          'the admin process ends again and again: it is tried rarely from now on, and doors go on',
        );
        journal.append({ time, type: 'admin.failing', resource, data: news.ended });
        return;
      case 'recovered': {
        const { failing_ms, restarts } = news;
        log.info({ failing_ms, restarts }, 'the admin process is well again');
        journal.append({ time, type: 'admin.recovered', resource, data: { failing_ms, restarts } });
        return;
      }
    }
  };
}
