import type { HolidaySets, ScheduleEdges } from '../core/schedule.ts';
import type { ScheduleWarning } from '../scheduler/lint.ts';
import type { Access, DoorGroup, User } from '../schema/record.ts';
import type { StoredSchedule } from '../schema/schedule.ts';
import type { ScheduleBook } from './schedule-book.ts';
import { reaches, type ShutDoor } from './shut-doors.ts';
import type { Directory } from './storage.ts';
import { instantsOf } from './validity.ts';

/** Finds access, and people, that no minute lets in anywhere. Every schedule is worked out once: make a new one for each question. */
export interface EffectiveTime {
  /** Pointers are into the access. */
  ofAccess(access: Access): ScheduleWarning[];
  /** Of a user who has access, but none that counts at any minute. */
  ofUser(userId: string): ScheduleWarning[];
  /** Of a user from whom access has been taken: whether nothing is left that counts. */
  ofUserWithout(userId: string): ScheduleWarning[];
}

/** What stands in for the records of the same ids. */
export interface Instead {
  user?: User;
  schedule?: StoredSchedule;
  group?: DoorGroup;
  holidays?: HolidaySets;
}
type People = Pick<Directory, 'users' | 'door_groups' | 'accessOf'>;

/** @param now wall milliseconds */
export function effectiveTime(
  book: Pick<ScheduleBook, 'schedule' | 'edges' | 'shutDoors'>,
  directory: People,
  now: number,
  instead: Instead = {},
): EffectiveTime {
  const userOf = (id: string): User | undefined =>
    instead.user?.id === id ? instead.user : directory.users.get(id);
  const scheduleOf = (id: string): StoredSchedule | undefined =>
    instead.schedule?.id === id ? instead.schedule : book.schedule(id);
  const groupOf = (id: string): DoorGroup | undefined =>
    instead.group?.id === id ? instead.group : directory.door_groups.get(id);
  const worked = new Map<string, ScheduleEdges>();
  const edgesOf = (id: string): ScheduleEdges | null => {
    const schedule = scheduleOf(id);
    if (schedule === undefined) return null;
    const edges = worked.get(id) ?? book.edges(schedule, instead.holidays);
    worked.set(id, edges);
    return edges;
  };
  let shutAt: ReturnType<ScheduleBook['shutDoors']> | null = null;
  const shut = (doorId: string): ShutDoor | null => {
    shutAt ??= book.shutDoors(instead.holidays);
    return shutAt(doorId);
  };

  const fault = (access: Access): Pick<ScheduleWarning, 'pointer' | 'detail'> | null => {
    const { target, schedule_id } = access;
    const group = 'door_group_id' in target ? groupOf(target.door_group_id) : undefined;
    if (group?.door_ids.length === 0) {
      return { pointer: '/target/door_group_id', detail: `the door group ${group.name} has no doors` };
    }
    const user = userOf(access.user_id);
    if (user === undefined) return null;
    const [own, personal] = [instantsOf(access), instantsOf(user)];
    const [from, until] = [Math.max(own.from, personal.from), Math.min(own.until, personal.until)];
    if (from >= until) {
      return { pointer: '/valid_until', detail: 'this access and its user are never valid at the same time' };
    }
    if (until <= now) return { pointer: '/valid_until', detail: 'this access or its user has ended already' };
    const edges = schedule_id === null ? null : edgesOf(schedule_id);
    const begin = Math.max(from, now);
    if (!reaches(edges, begin, until)) {
      const name = scheduleOf(schedule_id ?? '')?.name ?? '';
      const detail = `the schedule ${name} has no minute while this access and its user are valid`;
      return { pointer: '/schedule_id', detail };
    }
    const doors = 'door_id' in target ? [target.door_id] : (group?.door_ids ?? []);
    if (doors.length === 0 || doors.some((id) => reaches(edges, begin, until, shut(id)))) return null;
    return {
      pointer: '/target',
      detail: 'by its timetable the door opens for nobody at any minute of this access',
    };
  };

  const ofUser = (userId: string): ScheduleWarning[] => {
    const all = directory.accessOf(userId);
    if (all.length === 0 || all.some((access) => fault(access) === null)) return [];
    const detail = `this user gets in nowhere: none of ${all.length} access counts at any minute`;
    return [{ code: 'no_effective_minute', pointer: '', detail }];
  };

  return {
    ofUser,
    ofUserWithout(userId) {
      if (directory.accessOf(userId).length > 0) return ofUser(userId);
      const detail = 'this user gets in nowhere without it: it is the last access';
      return [{ code: 'no_effective_minute', pointer: '', detail }];
    },
    ofAccess(access) {
      const found = fault(access);
      return found === null ? [] : [{ code: 'no_effective_minute', ...found }];
    },
  };
}

/**
 * How many people get in somewhere now, and nowhere once something stands `instead`; one warning, or none.
 *
 * @param concerns whether an access depends on what is to change
 * @param now wall milliseconds
 */
export function leftOut(
  book: Pick<ScheduleBook, 'schedule' | 'edges' | 'shutDoors'>,
  directory: People & Pick<Directory, 'access'>,
  now: number,
  instead: Instead,
  concerns: (access: Access) => boolean,
): ScheduleWarning[] {
  const [before, after] = [effectiveTime(book, directory, now), effectiveTime(book, directory, now, instead)];
  const concerned = new Set([...directory.access.values()].filter(concerns).map(({ user_id }) => user_id));
  const out = [...concerned].filter((id) => before.ofUser(id).length === 0 && after.ofUser(id).length > 0);
  if (out.length === 0) return [];
  const detail = `leaves ${out.length} of the people whose access depends on it without any: they get in nowhere`;
  return [{ code: 'no_effective_minute', pointer: '', detail }];
}
