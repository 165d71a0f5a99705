import { createSecretKey } from 'node:crypto';
import { type Schedule, weekdays } from '../src/core/schedule.ts';
import type { ScheduleRow, TableRow } from '../src/core/table-row.ts';
import { keyedHash } from '../src/door/keyed-hash.ts';
import { compileSchedule, horizonAt } from '../src/scheduler/compile.ts';
import { openZone } from '../src/scheduler/zone.ts';

/**
 * A site for benchmarks: 64 doors, 50 groups of four doors (200 rules), each open during one of 8 schedules, and so many users with one
 * card each.
 */
export interface World {
  doorIds: string[];
  groups: WorldGroup[];
  schedules: ScheduleRow[];
  users: WorldUser[];
  rows: TableRow[];
}

/** `schedule`: during which it is granted to whoever has it. */
export interface WorldGroup {
  id: string;
  doors: string[];
  schedule: string;
}

export interface WorldUser {
  id: string;
  /** `worldKey` of the card `cardOf` tells. */
  key: string;
  groups: string[];
  suspended: boolean;
  blocked: boolean;
  from: number | null;
  until: number | null;
}

/** Keys as the doors make them. */
export const worldKey = keyedHash(createSecretKey(Buffer.alloc(32, 5)));
export const cardOf = (user: number): string => `h10301:${user >>> 16}:${user & 0xffff}`;

export const worldNow = Date.UTC(2026, 2, 2, 9);
const day = 86_400_000;

/** The same numbers in every run (mulberry32). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Most users are in force; one in twenty is suspended, blocked, over, or yet to come. Each holds up to three groups. */
export function benchWorld(userCount: number): World {
  const random = seededRandom(1);
  const id = (kind: string, n: number) => `${kind}-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const doorIds = Array.from({ length: 64 }, (_, n) => id('d0000000', n));
  const groups = Array.from({ length: 50 }, (_, n) => ({
    id: id('a0000000', n),
    doors: Array.from({ length: 4 }, (_, k) => doorIds[(n * 4 + k * 17) % 64] ?? ''),
    schedule: id('e0000000', n % hours.length),
  }));
  const users = Array.from({ length: userCount }, (_, n): WorldUser => {
    const fault = random(80);
    return {
      id: id('b0000000', n),
      key: worldKey('token', cardOf(n)),
      groups: [...new Set(Array.from({ length: 1 + random(3) }, () => id('a0000000', random(50))))],
      suspended: fault === 0,
      blocked: fault === 1,
      from: fault === 2 ? worldNow + day : worldNow - 100 * day,
      until: fault === 3 ? worldNow - day : null,
    };
  });
  const zone = openZone('Europe/Berlin');
  const schedules = hours.map((_, n): ScheduleRow => {
    const edges = compileSchedule(scheduleOf(n), new Map(), zone, horizonAt(worldNow));
    return { row: 'schedule', id: id('e0000000', n), ...edges };
  });
  const rows = [...schedules, ...groups.map(groupRow), ...users.map((user) => userRow(user, groups))];
  return { doorIds, groups, schedules, users, rows };
}

/** Five of the eight are open at `worldNow`, 10:00 on a Monday. */
const hours = [
  ['00:00', '24:00'],
  ['07:00', '19:00'],
  ['06:00', '22:00'],
  ['08:00', '12:00'],
  ['22:00', '06:00'],
  ['13:00', '18:00'],
  ['09:00', '17:00'],
  ['18:00', '23:00'],
] as const;

/** The first four on every day, the others from Monday to Friday. */
function scheduleOf(n: number): Schedule {
  const [from, to] = hours[n] ?? hours[0];
  const closed = n < 4 ? [] : ['sat', 'sun'];
  const days = weekdays.map((day) => [day, closed.includes(day) ? [] : [{ from, to }]]);
  return {
    week: Object.fromEntries(days) as Schedule['week'],
    valid_from: null,
    valid_until: null,
    holidays: [],
    exceptions: [],
  };
}

function groupRow({ id, doors }: WorldGroup): TableRow {
  return { row: 'door_group', id, doors };
}

function userRow(user: WorldUser, groups: readonly WorldGroup[]): TableRow {
  return {
    row: 'user',
    id: user.id,
    suspended: user.suspended,
    from: user.from,
    until: user.until,
    credentials: [
      {
        id: `c${user.id.slice(1)}`,
        key: user.key,
        draft: false,
        blocked: user.blocked,
        duress: false,
        from: null,
        until: null,
        uses: null,
      },
    ],
    grants: groups
      .filter(({ id }) => user.groups.includes(id))
      .map(({ id, schedule }) => ({ target: { group: id }, schedule, from: null, until: null })),
  };
}
