import { CronExpressionParser } from 'cron-parser';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { cronDays } from '../../src/scheduler/cron.ts';
import { cronInstant } from '../../src/scheduler/timetable.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { plainStarts } from './plain-cron.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** All instants at which an expression comes in [from, until). */
function starts(expression: string, zone: string, from: number, until: number): number[] {
  const [first, last] = [Math.floor(from / dayMs) - 2, Math.floor(until / dayMs) + 2];
  const { days, minutes } = cronDays(expression, first, last);
  const offsets = openZone(zone).spans((first - 1) * dayMs, (last + 2) * dayMs);
  return days
    .flatMap((day) => minutes.map((minute) => cronInstant(day * dayMs + minute * minuteMs, offsets)))
    .filter((at) => at >= from && at < until)
    .sort((a, b) => a - b);
}

/** A zone, and an instant at which its clock is put on or back. */
const changes: [string, string][] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['Asia/Kathmandu', '2026-01-01T00:00Z'],
];
const expressions = [
  '30 2 * * *',
  '0 2 * * *',
  '59 1 * * *',
  '15,45 0-3 * * *',
  '0 * * * *',
  '30 1-3 * * sun',
  '0 8 * * mon-fri',
  '15 0 1 * *',
  '0 0 25 * sat',
  '*/20 2 * 3,10 *',
];

describe('times of a cron expression', () => {
  test.each(changes)('are those of a reading minute by minute: %s around %s', (zone, change) => {
    const [from, until] = [Date.parse(change) - 2 * dayMs, Date.parse(change) + 2 * dayMs];
    for (const expression of expressions) {
      // What is left out may come later than what the clock reads after the gap.
      const plain = plainStarts(expression, zone, from, until)
        .map(({ at }) => at)
        .sort((a, b) => a - b);
      expect(starts(expression, zone, from, until), expression).toEqual(plain);
    }
  });

  test.each(changes)('are those that luxon finds for the same readings: %s around %s', (zone, change) => {
    const day = DateTime.fromISO(change, { zone }).startOf('day');
    for (const minute of [0, 30, 90, 119, 120, 150, 179, 180, 300]) {
      const [hour, rest] = [Math.floor(minute / 60), minute % 60];
      const { year, month, day: date } = day;
      const expected = DateTime.fromObject({ year, month, day: date, hour, minute: rest }, { zone });
      // Of a reading that comes twice luxon gives either: the first is meant here.
      const first = Math.min(...expected.getPossibleOffsets().map((one) => one.toMillis()));
      expect(starts(`${rest} ${hour} ${date} ${month} *`, zone, first, first + 1)).toEqual([first]);
    }
  });

  test('of a fixed hour are those that the library finds in the zone itself', () => {
    for (const [zone, change] of changes.slice(0, 4)) {
      const from = Date.parse(change) - 2 * dayMs;
      const library = CronExpressionParser.parse('30 2 * * *', { tz: zone, currentDate: new Date(from - 1) });
      const found = [0, 1, 2, 3].map(() => library.next().getTime());
      expect(starts('30 2 * * *', zone, from, (found.at(-1) ?? 0) + 1)).toEqual(found);
    }
  });

  test('for 400 days ahead are counted, one question a day at most', () => {
    const first = Date.UTC(2026, 0, 1) / dayMs;
    expect(cronDays('0 0-23 * * *', first, first + 399).days).toHaveLength(400);
    expect(cronDays('0 0 29 2 *', first, first + 399)).toMatchObject({ days: [] });
    expect(cronDays('0 0 1 1 *', first, first + 399).days).toEqual([first, first + 365]);
    expect(cronDays('0 0 29 2 *', first, first + 365 * 9).days).toHaveLength(2);
  });

  test('an expression that cannot be read comes never', () => {
    expect(cronDays('not cron', 0, 400)).toEqual({ days: [], minutes: [] });
    expect(cronDays('0 0 31 2 *', 0, 400).days).toEqual([]);
  });
});
