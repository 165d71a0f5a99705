/** A moment as a panel's log keeps it: by its own wall clock, without a year. Month and day count from 1. */
export interface LogStamp {
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const dayMs = 86_400_000;

/**
 * Wall milliseconds of a stamp in the site's IANA zone: the latest such moment that is not more than a day ahead of `now`, because panel
 * clocks run fast and slow. Null: no such moment, as from a panel whose clock was never set.
 */
export function wallOfStamp(stamp: LogStamp, timeZone: string, now: number): number | null {
  const year = new Date(now).getUTCFullYear();
  for (const each of [year + 1, year, year - 1]) {
    const asUtc = Date.UTC(each, stamp.month - 1, stamp.day, stamp.hour, stamp.minute);
    if (!sameFields(asUtc, stamp)) continue;
    const wall = asUtc - offsetAt(asUtc - offsetAt(asUtc, timeZone), timeZone);
    if (wall <= now + dayMs) return wall;
  }
  return null;
}

/** Whether a log entry can be later than another one, or of the same minute: less than half a year after it. */
export function notBefore(stamp: LogStamp, other: LogStamp): boolean {
  const minutesOfYear = 366 * 24 * 60;
  const minute = (each: LogStamp) =>
    Date.UTC(2000, each.month - 1, each.day, each.hour, each.minute) / 60_000;
  const ahead = (((minute(stamp) - minute(other)) % minutesOfYear) + minutesOfYear) % minutesOfYear;
  return ahead < minutesOfYear / 2;
}

/** Months and days that do not exist roll over. */
function sameFields(asUtc: number, stamp: LogStamp): boolean {
  const date = new Date(asUtc);
  return (
    date.getUTCMonth() + 1 === stamp.month &&
    date.getUTCDate() === stamp.day &&
    date.getUTCHours() === stamp.hour &&
    date.getUTCMinutes() === stamp.minute
  );
}

/** What the zone's wall clock is ahead of UTC at this moment, in milliseconds. */
function offsetAt(moment: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  return local - Math.floor(moment / 60_000) * 60_000;
}
