import { dayMs, minuteMs } from '../scheduler/calendar.ts';
import { cronInstant } from '../scheduler/timetable.ts';
import { openZone } from '../scheduler/zone.ts';
import type { SystemInfo } from '../schema/system-info.ts';
import type { AdminClient } from './admin-client.ts';

/** How instants are shown to people: by the clock of the site, and the zone is said once. In `--json` they are ISO 8601, UTC, as in the API. */
export interface SiteTime {
  of(at: Date): string;
  /** A text in which instants, as the API writes them, are shown so. */
  in(text: string): string;
  rows(rows: readonly (readonly string[])[]): string[][];
  /** A line that says the zone where any instant was shown, for after what was shown; else empty. */
  note(): string;
}

const instants = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)/g;

/** The clock of a zone, such as `2026-03-02 10:00:00`. */
export function siteTime(zone: string): SiteTime {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  let shown = false;
  const time: SiteTime = {
    of: (at) => format.format(at),
    in: (text) =>
      text.replace(instants, (instant) => {
        shown = true;
        return format.format(new Date(instant));
      }),
    rows: (rows) => rows.map((cells) => cells.map(time.in)),
    note: () => (shown ? zoneLine(zone) : ''),
  };
  return time;
}

/** The clock of a daemon's site. */
export async function siteTimeOf(client: AdminClient): Promise<SiteTime> {
  const { time_zone } = await client.get<SystemInfo>('/v1/system');
  return siteTime(time_zone);
}

/** Says the zone, as a line of its own. */
export const zoneLine = (zone: string): string => `times are those of ${zone}\n`;

/** What of a site tells which instant a time is that people write. */
export type SiteNow = Pick<SystemInfo, 'time' | 'time_zone'>;

/**
 * A time as people write it: `2026-03-02T18:00` by the clock of the site, or with an offset, such as `2026-03-02T18:00Z`; its instant
 * (wall milliseconds) is known once the site is. Null: it is none.
 */
export function writtenTime(text: string): ((site: SiteNow) => number) | null {
  const written = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (written === null) return null;
  const isLocal = written[3] === undefined;
  const at = Date.parse(text.replace(' ', 'T') + (isLocal ? 'Z' : ''));
  if (Number.isNaN(at) || !isDay(text.slice(0, 10))) return null;
  return (site) => (isLocal ? instantOf(at, site) : at);
}

/** `Date.parse` takes 30 February for 2 March. */
const isDay = (day: string): boolean => new Date(Date.parse(`${day}T00:00Z`)).toISOString().startsWith(day);

/** The next instant (wall milliseconds) at which the clock of the site reads `HH:MM`. */
export function nextReading(text: string, site: SiteNow): number {
  const now = Date.parse(site.time);
  const offset = openZone(site.time_zone).spans(now, now + 1000)[0]?.offset ?? 0;
  const today = Math.floor((now + offset) / dayMs) * dayMs;
  const reading = today + Number(text.slice(0, 2)) * 60 * minuteMs + Number(text.slice(3)) * minuteMs;
  const at = instantOf(reading, site);
  return at > now ? at : instantOf(reading + dayMs, site);
}

function instantOf(reading: number, { time, time_zone }: SiteNow): number {
  const now = Date.parse(time);
  const spans = openZone(time_zone).spans(
    Math.min(now, reading) - 2 * dayMs,
    Math.max(now, reading) + 2 * dayMs,
  );
  return cronInstant(reading, spans);
}
