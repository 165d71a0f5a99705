import { CronExpressionParser } from 'cron-parser';
import type { CronTimes } from '../core/timetable-rule.ts';
import { dayMs, minuteMs } from './calendar.ts';

/** More days than any horizon has: no expression keeps the loop longer. */
const maxDays = 500;

/**
 * The days on which a cron expression comes in [firstDay, lastDay], and its minutes of each such day. `cron-parser` is asked for dates only, in
 * UTC, one `next()` a day: read in a zone it is slow, and what it does at clock changes depends on how an hour is written.
 *
 * @param expression one that `cronFault` finds nothing wrong with; of any other there is no day
 */
export function cronDays(
  expression: CronTimes['expression'],
  firstDay: number,
  lastDay: number,
): { days: number[]; minutes: number[] } {
  const [minute = '', hour = '', ...date] = expression.trim().split(/\s+/);
  try {
    const { fields } = CronExpressionParser.parse(`${minute} ${hour} * * *`, { tz: 'UTC' });
    const minutes = numbers(fields.hour.values).flatMap((h) =>
      numbers(fields.minute.values).map((m) => h * 60 + m),
    );
    return { days: datesOf(`0 0 ${date.join(' ')}`, firstDay, lastDay), minutes };
  } catch {
    return { days: [], minutes: [] };
  }
}

const numbers = (values: readonly (number | string)[]): number[] => values.map(Number);

function datesOf(expression: string, firstDay: number, lastDay: number): number[] {
  const times = CronExpressionParser.parse(expression, {
    tz: 'UTC',
    currentDate: new Date(firstDay * dayMs - minuteMs),
    endDate: new Date(lastDay * dayMs + minuteMs),
  });
  const days: number[] = [];
  while (days.length < maxDays) {
    try {
      days.push(Math.floor(times.next().getTime() / dayMs));
    } catch {
      // There is no further one: the parser says so by throwing.
      break;
    }
  }
  return days;
}
