import { describe, expect, it } from 'vitest';
import { notBefore, wallOfStamp } from '../../src/panel/panel-time.ts';

const stamp = (month: number, day: number, hour: number, minute: number) => ({ month, day, hour, minute });
const now = Date.UTC(2026, 2, 2, 9);

describe('a stamp of a panel without a year', () => {
  it.each([
    ['earlier this year', stamp(2, 28, 23, 59), 'UTC', Date.UTC(2026, 1, 28, 23, 59)],
    ['late last year', stamp(12, 25, 10, 59), 'UTC', Date.UTC(2025, 11, 25, 10, 59)],
    ['a little ahead, from a panel that runs fast', stamp(3, 2, 9, 30), 'UTC', Date.UTC(2026, 2, 2, 9, 30)],
    ['in the zone of the site', stamp(3, 2, 9, 30), 'Europe/Berlin', Date.UTC(2026, 2, 2, 8, 30)],
    ['in a summer of that zone', stamp(7, 1, 12, 0), 'America/New_York', Date.UTC(2025, 6, 1, 16, 0)],
    ['in a zone of half hours', stamp(3, 2, 0, 10), 'Asia/Kolkata', Date.UTC(2026, 2, 1, 18, 40)],
  ])('%s', (_, at, zone, wall) => {
    expect(wallOfStamp(at, zone, now)).toBe(wall);
  });

  it('on New Year of a panel that runs fast is of the coming year', () => {
    const eve = Date.UTC(2025, 11, 31, 23, 59);
    expect(wallOfStamp(stamp(1, 1, 0, 1), 'UTC', eve)).toBe(Date.UTC(2026, 0, 1, 0, 1));
  });

  it('of the 29th of February is of a leap year, or of none', () => {
    expect(wallOfStamp(stamp(2, 29, 8, 0), 'UTC', Date.UTC(2024, 5, 1))).toBe(Date.UTC(2024, 1, 29, 8));
    expect(wallOfStamp(stamp(2, 29, 8, 0), 'UTC', now)).toBeNull();
  });

  it.each([stamp(0, 0, 0, 0), stamp(13, 1, 0, 0), stamp(4, 31, 0, 0), stamp(1, 1, 24, 0)])(
    '%o is none',
    (at) => {
      expect(wallOfStamp(at, 'UTC', now)).toBeNull();
    },
  );
});

describe('the order of entries', () => {
  it.each([
    ['the same minute', stamp(3, 2, 9, 0), stamp(3, 2, 9, 0), true],
    ['a minute later', stamp(3, 2, 9, 1), stamp(3, 2, 9, 0), true],
    ['a minute earlier', stamp(3, 2, 8, 59), stamp(3, 2, 9, 0), false],
    ['after the turn of the year', stamp(1, 1, 0, 5), stamp(12, 31, 23, 55), true],
    ['before it', stamp(12, 31, 23, 55), stamp(1, 1, 0, 5), false],
  ])('%s', (_, at, other, later) => {
    expect(notBefore(at, other)).toBe(later);
  });
});
