import type { Clock } from '../core/clock.ts';
import type { PanelMessage } from '../panel/nx-584/layout.ts';

/** The event log of a simulated NX panel: a ring, whose numbers begin anew (sheet 3.3). */
export interface NxLog {
  /** Enters what has just happened, at the next place. `subject` and `partition` count from 0. */
  enter(kind: number, subject: number, partition: number): PanelMessage;
  /** What is at a place; null: there is no such place. */
  at(place: number): PanelMessage | null;
}

type Entry = Extract<PanelMessage, { type: 'log_event' }>['value'];

export function nxLog(clock: Pick<Clock, 'wall'>, size: number): NxLog {
  const entries: (Entry | null)[] = Array.from({ length: size }, () => null);
  let next = 0;
  return {
    enter(kind, subject, partition) {
      const now = new Date(clock.wall());
      const value = {
        entry: next,
        log_size: size,
        kind: kind | 0x80,
        subject,
        partition,
        month: now.getUTCMonth() + 1,
        day: now.getUTCDate(),
        hour: now.getUTCHours(),
        minute: now.getUTCMinutes(),
      };
      entries[next] = value;
      next = (next + 1) % size;
      return { type: 'log_event', value };
    },
    at: (place) =>
      place >= size
        ? null
        : { type: 'log_event', value: entries[place] ?? { ...blank, entry: place, log_size: size } },
  };
}

const blank = { kind: 0, subject: 0, partition: 0, month: 0, day: 0, hour: 0, minute: 0 };
