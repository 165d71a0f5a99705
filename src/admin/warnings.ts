import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/site.ts';
import { keylessReaders } from '../scheduler/keyless-readers.ts';
import type { ScheduleWarning } from '../scheduler/lint.ts';
import type { WarningList } from '../schema/api/warning.ts';
import { effectiveTime } from './effective-time.ts';
import type { AdminService } from './ports.ts';
import { scheduleBook } from './schedule-book.ts';
import type { Directory } from './storage.ts';
import { instantsOf } from './validity.ts';

const mostTold = 1_000;
/** Looked at in one turn of the event loop. */
const plansAtOnce = 5;
const peopleAtOnce = 200;

/** Looks through all that was stored, as a dry run does for one record. What the site file fixes, `postern check` looks through. */
export function warningsService(parts: {
  directory: Directory;
  site(): Site;
  clock: Pick<Clock, 'wall'>;
}): AdminService['warnings'] {
  const { directory, site } = parts;
  return {
    async list() {
      const now = parts.clock.wall();
      const book = scheduleBook({ directory, site, now: () => new Date(now).toISOString() });
      const times = effectiveTime(book, directory, now);
      const items: WarningList['items'] = [];
      const tell = (resource: string, name: string, found: readonly ScheduleWarning[]): void =>
        void items.push(...found.map((warning) => ({ resource, name, ...warning })));

      let looked = 0;
      /** Whether to go on, once others had their turn. */
      const goOn = async (sliceSize: number): Promise<boolean> => {
        if (++looked % sliceSize === 0) await nextTurn();
        return items.length <= mostTold;
      };
      for (const one of directory.schedules.values()) {
        if (await goOn(plansAtOnce)) tell(`schedule/${one.id}`, one.name, book.lint(one));
      }
      for (const { id, name, rules, door_ids } of directory.timetables.values()) {
        if (!(await goOn(plansAtOnce))) break;
        tell(`timetable/${id}`, name, [...book.lintRules(rules), ...keylessReaders(rules, door_ids, site())]);
      }
      for (const user of directory.users.values()) {
        if (!(await goOn(peopleAtOnce))) break;
        // Whose time is over, or who is suspended, is meant to get in nowhere.
        if (user.suspended || instantsOf(user).until <= now) continue;
        tell(`user/${user.id}`, `${user.first_name} ${user.last_name}`.trim(), times.ofUser(user.id));
      }
      return { items: items.slice(0, mostTold), more: items.length > mostTold };
    },
  };
}
