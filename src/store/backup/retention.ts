/** Which backups are kept. */
export interface Retention {
  /** The newest of each of so many days (UTC) that have one. */
  daily: number;
  /** The newest of each of so many weeks (Monday to Sunday, UTC) that have one. */
  weekly: number;
}

/** Name of a site's backup made at an instant (wall milliseconds): `postern-0b9c8a52-20260302T033000Z.backup`. */
export function backupName(siteId: string, at: number): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${prefixOf(siteId)}${time}.backup`;
}

/** Of the files of a directory, the site's own backups that need not be kept. The newest always is, and so is whatever has another name. */
export function superfluous(
  names: readonly string[],
  siteId: string,
  { daily, weekly }: Retention,
): string[] {
  const ours = names
    .filter((name) => timeOf(name, siteId) !== null)
    .sort()
    .reverse();
  const [newest] = ours;
  const keep = new Set(newest === undefined ? [] : [newest]);
  const keepEach = (count: number, periodMs: number, offsetMs: number): void => {
    const periods = new Set<number>();
    for (const name of ours) {
      const period = Math.floor(((timeOf(name, siteId) ?? 0) - offsetMs) / periodMs);
      if (periods.has(period)) continue;
      if (periods.size >= count) return;
      periods.add(period);
      keep.add(name);
    }
  };
  keepEach(daily, dayMs, 0);
  keepEach(weekly, 7 * dayMs, firstMonday);
  return ours.filter((name) => !keep.has(name));
}

/** Files of backups of the site that were never finished, from more than a day before `now` (wall milliseconds). */
export function leftOvers(names: readonly string[], siteId: string, now: number): string[] {
  return names.filter((name) => {
    const at = name.endsWith(unfinished) ? timeOf(name.slice(0, -unfinished.length), siteId) : null;
    return at !== null && at < now - dayMs;
  });
}

/** What `saveBackup` adds to a name. */
const unfinished = '.unfinished';

const dayMs = 86_400_000;
/** 5 January 1970. */
const firstMonday = 4 * dayMs;

const prefixOf = (siteId: string): string => `postern-${siteId.slice(0, 8)}-`;

function timeOf(name: string, siteId: string): number | null {
  const prefix = prefixOf(siteId);
  if (!name.startsWith(prefix)) return null;
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.backup$/.exec(name.slice(prefix.length));
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
