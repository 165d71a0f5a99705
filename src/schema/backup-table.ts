import { z } from 'zod';
import { line, whole } from './leaf.ts';

/** `HH:MM` as minutes since midnight. */
const timeOfDay = z.unknown().transform((value, context): number => {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(String(value)) ?? [];
  if (typeof value === 'string' && hour !== undefined) return Number(hour) * 60 + Number(minute);
  context.issues.push({ code: 'custom', message: 'a time of day from "00:00" to "23:59"', input: value });
  return z.NEVER;
});

/** `[backup]` of the site file. */
export const backupTable = z.strictObject(
  {
    directory: line('a directory', 1024),
    key_file: line('a file', 1024),
    at: timeOfDay.prefault('03:30'),
    keep_daily: whole(1, 366).default(14),
    keep_weekly: whole(0, 520).default(8),
  },
  { error: 'a table' },
);
