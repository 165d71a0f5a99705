import type { z } from 'zod';
import type { adminStanding, tableStart } from '../schema/api/standing.ts';
import { printable } from './text-table.ts';

const shownWords = 8;
const dayMs = 86_400_000;

/** How the admin process fares, for people; nothing where it is well and has not ended within a day. */
export function adminLines(admin: z.infer<typeof adminStanding>, now: string): string[] {
  const { state, since, next_at, failing_since, restarts, last_end } = admin;
  const next = next_at === null ? '' : `; the next is started at ${next_at}`;
  const works = state === 'at_work' || state === 'degraded';
  const ended = last_end === null ? [] : endLines(last_end);
  if (failing_since !== null) {
    const is = works ? `; one is at work since ${since}` : next;
    return [`THE ADMIN PROCESS ENDS AGAIN AND AGAIN since ${failing_since}${is}`, ...ended];
  }
  if (state === 'starting' && last_end === null) return [`the admin process is starting, since ${since}`];
  if (!works) return [`THE ADMIN PROCESS IS NOT AT WORK since ${since}${next}`, ...ended];
  if (last_end === null || Date.parse(now) - Date.parse(last_end.at) > dayMs) return [];
  const often = restarts === 1 ? 'once' : `${restarts} times`;
  return [
    `admin process started again ${often} since the start of Postern, last after ${last_end.at}: ${printable(last_end.why)}`,
  ];
}

function endLines({ at, why, last_words }: NonNullable<z.infer<typeof adminStanding>['last_end']>): string[] {
  const words = last_words.slice(-shownWords);
  return [
    `  the last one ended at ${at}: ${printable(why)}${words.length === 0 ? '; it said nothing' : '; it said at last'}`,
    ...words.map((line) => `    ${printable(line)}`),
  ];
}

/** By what the doors go while nobody has confirmed that it is the newest. */
export function sealedTableLines(
  source: 'none' | 'snapshot' | 'admin',
  { found, written_at, why }: z.infer<typeof tableStart>,
): string[] {
  switch (source) {
    case 'admin':
      return [];
    case 'snapshot':
      return found === 'stale'
        ? [`DOORS GO BY AN OLD TABLE, of ${written_at}: who was shut out since may still come in`]
        : [`doors go by the sealed table of ${written_at}`];
    case 'none':
      return [
        why === null
          ? 'DOORS REFUSE EVERYONE: there is no table yet'
          : `DOORS REFUSE EVERYONE: the sealed table is ${found}: ${printable(why)}`,
      ];
  }
}
