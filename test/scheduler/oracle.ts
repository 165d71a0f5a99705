import { compiledSchedule, inside } from '../../src/core/schedule.ts';
import { compileSchedule } from '../../src/scheduler/compile.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { intlClock, plain, type Reading } from './plain.ts';
import { shapesAround } from './shapes.ts';

/**
 * The minute oracle: what is compiled against the plain interpretation, minute by minute where something can go wrong, with the
 * wall clock read from Intl anew for each minute.
 */
export interface Difference {
  zone: string;
  shape: number;
  instant: string;
  compiled: boolean;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Instants in [from, until) from which on a zone has another offset, found minute by minute: not as `openZone` finds them. */
export function transitionsOf(zone: string, from: number, until: number): number[] {
  const read = intlClock(zone);
  const offset = (instant: number): number => {
    const { year, month, day, minute: minutes } = read(instant);
    return Date.UTC(year, month - 1, day) + minutes * minute - instant;
  };
  const step = 6 * hour;
  const found: number[] = [];
  let before = offset(from);
  for (let at = from + step; at < until; at += step) {
    const after = offset(at);
    if (after === before) continue;
    for (let near = at - step; near < at; near += minute) {
      if (offset(near + minute) === offset(near)) continue;
      found.push(near + minute);
    }
    before = after;
  }
  return found;
}

/** Compares all shapes at the minutes around a transition, around every window edge near it, and at every quarter of an hour. */
export function differencesAt(
  zone: string,
  transition: number,
  clock: (instant: number) => Reading = intlClock(zone),
): { compared: number; differences: Difference[] } {
  const horizon = { from: transition - 3 * day, until: transition + 3 * day };
  const { year, month, day: date } = clock(transition);
  const { holidays, shapes } = shapesAround(
    new Date(Date.UTC(year, month - 1, date)).toISOString().slice(0, 10),
  );
  const opened = openZone(zone);
  const compiled = shapes.map((shape) => compiledSchedule(compileSchedule(shape, holidays, opened, horizon)));
  const plainly = shapes.map((shape) => plain(shape, holidays));
  const near = new Set<number>();
  for (let at = transition - 2 * hour; at < transition + 2 * hour; at += minute) near.add(at);
  for (let at = horizon.from; at < horizon.until; at += 15 * minute) near.add(at);
  for (const { edges } of compiled) {
    for (const edge of edges) for (const by of [-minute, 0, minute]) near.add(edge + by);
  }
  const differences: Difference[] = [];
  let compared = 0;
  for (const instant of near) {
    if (instant < horizon.from || instant >= horizon.until) continue;
    const reading = clock(instant);
    for (const [shape, one] of compiled.entries()) {
      compared += 1;
      const answer = inside(one, instant);
      if (answer === plainly[shape]?.(reading)) continue;
      differences.push({ zone, shape, instant: new Date(instant).toISOString(), compiled: answer });
    }
  }
  return { compared, differences };
}
