import { DateTime } from 'luxon';
import {
  type DayWindow,
  type HolidayDay,
  type HolidaySets,
  type Schedule,
  weekdays,
} from '../../src/core/schedule.ts';

/** What the wall clock reads; `minute` since midnight. */
export interface Reading {
  year: number;
  month: number;
  day: number;
  minute: number;
}

/** Reads the wall clock of a zone through Intl. */
export function intlClock(zone: string): (instant: number) => Reading {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  // "29/03/2026, 02:00"
  return (instant) => {
    const [day = 0, month = 0, year = 0, hour = 0, minute = 0] = format
      .format(instant)
      .split(/\D+/)
      .map(Number);
    return { year, month, day, minute: hour * 60 + minute };
  };
}

/** The same through luxon. */
export function luxonClock(zone: string): (instant: number) => Reading {
  return (instant) => {
    const { year, month, day, hour, minute } = DateTime.fromMillis(instant, { zone });
    return { year, month, day, minute: hour * 60 + minute };
  };
}

/** docs/time.md, word for word and slowly: whether a schedule contains what the wall clock reads. */
export function plain(schedule: Schedule, holidays: HolidaySets): (reading: Reading) => boolean {
  const days = new Map<number, [number, number][]>();
  const on = (day: number) => {
    const known = days.get(day) ?? windowsOf(schedule, holidays, new Date(day)).map(minutes);
    days.set(day, known);
    return known;
  };
  return ({ year, month, day, minute }) =>
    on(Date.UTC(year, month - 1, day)).some(([from, to]) => minute >= from && (to <= from || minute < to)) ||
    on(Date.UTC(year, month - 1, day - 1)).some(([from, to]) => to <= from && minute < to);
}

const minutes = ({ from, to }: DayWindow) =>
  [from, to].map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  }) as [number, number];

function windowsOf(schedule: Schedule, holidays: HolidaySets, day: Date): readonly DayWindow[] {
  const date = day.toISOString().slice(0, 10);
  if (schedule.valid_from !== null && date < schedule.valid_from) return [];
  if (schedule.valid_until !== null && date > schedule.valid_until) return [];
  const exception = schedule.exceptions.find((one) => one.date === date);
  if (exception !== undefined) return exception.windows;
  const first = schedule.holidays.find(({ holiday_id }) =>
    (holidays.get(holiday_id) ?? []).some((span) => holds(span, date)),
  );
  if (first?.rule === 'closed') return [];
  if (first?.rule === 'windows') return first.windows;
  const weekday = weekdays[(day.getUTCDay() + 6) % 7];
  return weekday === undefined ? [] : schedule.week[weekday];
}

function holds({ date, until, yearly }: HolidayDay, day: string): boolean {
  const last = until ?? date;
  if (!yearly) return day >= date && day <= last;
  const [from, to, here] = [date.slice(5), last.slice(5), day.slice(5)];
  return from <= to ? here >= from && here <= to : here >= from || here <= to;
}
