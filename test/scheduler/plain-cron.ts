import { intlClock, type Reading } from './plain.ts';

const minuteMs = 60_000;
const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Whether a cron expression names this reading of the wall clock: field by field, lists and ranges and steps spelt out. */
export function plainCron(expression: string): (reading: Reading) => boolean {
  const [minute = '', hour = '', date = '', month = '', weekday = ''] = expression.split(' ');
  const holds = (field: string, value: number, top: number): boolean =>
    field.split(',').some((part) => {
      const [range = '', step = '1'] = part.split('/');
      const [low = '', high = low] = range === '*' ? ['0', String(top)] : range.split('-');
      const [from, to] = [low, high].map((text) =>
        names.includes(text) ? names.indexOf(text) : Number(text),
      );
      const start = range === '*' && top !== 59 && top !== 23 && top !== 7 ? 1 : (from ?? 0);
      return value >= (from ?? 0) && value <= (to ?? 0) && (value - start) % Number(step) === 0;
    });
  return (reading) => {
    const day = new Date(Date.UTC(reading.year, reading.month - 1, reading.day)).getUTCDay();
    const onDate = holds(date, reading.day, 31);
    const onWeekday = holds(weekday, day, 7) || (day === 0 && holds(weekday, 7, 7) && weekday !== '*');
    const onDay = date === '*' ? onWeekday : weekday === '*' ? onDate : onDate || onWeekday;
    return (
      holds(minute, reading.minute % 60, 59) &&
      holds(hour, Math.floor(reading.minute / 60), 23) &&
      holds(month, reading.month, 12) &&
      onDay
    );
  };
}

/**
 * When an expression comes in a stretch of time, minute by minute: at the first instant at which the wall clock of the zone reads a minute
 * that it names; where a minute is left out, as much after the last one before it as the minutes between.
 */
export function plainStarts(
  expression: string,
  zone: string,
  from: number,
  until: number,
): { at: number; reading: Reading }[] {
  const named = plainCron(expression);
  const read = intlClock(zone);
  const wall = ({ year, month, day, minute }: Reading) => Date.UTC(year, month - 1, day) + minute * minuteMs;
  const asReading = (ms: number): Reading => {
    const date = new Date(ms);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      minute: date.getUTCHours() * 60 + date.getUTCMinutes(),
    };
  };
  const found: { at: number; reading: Reading }[] = [];
  let latest = wall(read(from - minuteMs));
  for (let at = from; at < until; at += minuteMs) {
    const now = wall(read(at));
    for (let left = latest + minuteMs, later = at; left < now; left += minuteMs, later += minuteMs) {
      if (named(asReading(left))) found.push({ at: later, reading: asReading(left) });
    }
    if (now > latest && named(asReading(now))) found.push({ at, reading: asReading(now) });
    latest = Math.max(latest, now);
  }
  return found;
}
