import type { TableRow } from '../src/core/table-row.ts';

/** A site for benchmarks: 64 doors, 50 door groups of four doors (200 rules), and so many users with one credential each. */
export interface World {
  doorIds: string[];
  groups: { id: string; doors: string[] }[];
  users: WorldUser[];
  rows: TableRow[];
}

export interface WorldUser {
  id: string;
  key: string;
  groups: string[];
  suspended: boolean;
  blocked: boolean;
  from: number | null;
  until: number | null;
}

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
  }));
  const users = Array.from({ length: userCount }, (_, n): WorldUser => {
    const fault = random(80);
    return {
      id: id('b0000000', n),
      key: `key${String(n).padStart(19, '0')}`,
      groups: [...new Set(Array.from({ length: 1 + random(3) }, () => id('a0000000', random(50))))],
      suspended: fault === 0,
      blocked: fault === 1,
      from: fault === 2 ? worldNow + day : worldNow - 100 * day,
      until: fault === 3 ? worldNow - day : null,
    };
  });
  return { doorIds, groups, users, rows: [...groups.map(groupRow), ...users.map(userRow)] };
}

function groupRow(group: { id: string; doors: string[] }): TableRow {
  return { row: 'door_group', ...group };
}

function userRow(user: WorldUser): TableRow {
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
    grants: user.groups.map((group) => ({ target: { group }, schedule: null, from: null, until: null })),
  };
}
