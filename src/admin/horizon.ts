import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Cancel, Clock } from '../core/clock.ts';
import type { Site } from '../core/site.ts';
import { horizonAt } from '../scheduler/compile.ts';
import type { ScheduleHorizon } from '../schema/schedule.ts';
import type { Directory } from './storage.ts';

/** Keeps the doors' schedules and timetables worked out far enough ahead. */
export interface HorizonKeeper {
  /** Resolves when schedules are worked out for the present day, or that has failed and was reported. */
  ensure(): Promise<void>;
  /** The clock may have stepped: if it reads a time that nothing is worked out for, that is done at once, unless it has just failed. */
  look(): void;
  close(): void;
}

/** Soon enough after a clock that was wrong at power-on is set right. */
const everyMs = 60_000;

/**
 * The horizon is a record: the table at the doors is then a function of the records alone, and a restart on the same day, with the same
 * zone database and site file, sends nothing. A change of any of them is a commit, and the schedules follow.
 *
 * @param parts.zones version of the zone database (`process.versions.tz`)
 * @param parts.failed told when the commit fails; it is tried again in a minute
 */
export function horizonKeeper(parts: {
  site: Pick<Site, 'time_zone' | 'schedules' | 'holidays' | 'timetables'>;
  zones: string;
  directory: Pick<Directory, 'horizon' | 'commit'>;
  clock: Clock;
  failed(error: unknown): void;
}): HorizonKeeper {
  const { directory, clock, zones, failed } = parts;
  const { time_zone, schedules, holidays, timetables } = parts.site;
  const site = createHash('sha256')
    .update(JSON.stringify([time_zone, schedules, holidays, timetables]))
    .digest('base64url');
  let cancel: Cancel = () => {};
  let closed = false;
  let work: Promise<void> | null = null;
  let refused = false;

  const commit = async (): Promise<void> => {
    const before = directory.horizon.get('horizon') ?? null;
    const after: ScheduleHorizon = { id: 'horizon', ...horizonAt(clock.wall()), zones, site };
    if (isDeepStrictEqual(before, after)) return;
    await directory.commit({ changes: [{ kind: 'horizon', id: 'horizon', before, after }], feed: [] });
  };
  const run = async (): Promise<void> => {
    refused = false;
    await commit().catch((error: unknown) => {
      refused = true;
      failed(error);
    });
    work = null;
    cancel();
    if (!closed) cancel = clock.after(everyMs, () => void ensure());
  };
  const ensure = (): Promise<void> => {
    work ??= run();
    return work;
  };

  return {
    ensure,
    look() {
      const { from = 0, until = 0 } = directory.horizon.get('horizon') ?? {};
      const now = clock.wall();
      if (!closed && !refused && (now < from || now >= until)) void ensure();
    },
    close() {
      closed = true;
      cancel();
    },
  };
}
