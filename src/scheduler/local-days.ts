import type { ScheduleEdges } from '../core/schedule.ts';
import { dayMs, minuteMs } from './calendar.ts';
import type { Zone } from './zone.ts';

/** What the wall clock reads from and to, minutes since midnight. A jump of the clock ends one and begins another. */
export interface LocalSpan {
  from: number;
  to: number;
}

/** The time a schedule contains by the wall clock, by day (counted from 1970-01-01); days without any are not there. */
export function localDays({ from, until, edges }: ScheduleEdges, zone: Zone): Map<number, LocalSpan[]> {
  const days = new Map<number, LocalSpan[]>();
  const add = (opens: number, closes: number): void => {
    for (let at = opens; at < closes; ) {
      const day = Math.floor(at / dayMs);
      const end = Math.min(closes, (day + 1) * dayMs);
      const span = { from: (at - day * dayMs) / minuteMs, to: (end - day * dayMs) / minuteMs };
      days.set(day, [...(days.get(day) ?? []), span]);
      at = end;
    }
  };
  for (const { from: start, until: end, offset } of zone.spans(from, until)) {
    for (let i = 0; i < edges.length; i += 2) {
      const [opens, closes] = [Math.max(edges[i] ?? from, start), Math.min(edges[i + 1] ?? until, end)];
      if (opens < closes) add(opens + offset, closes + offset);
    }
  }
  return days;
}
