import type { DayWindow, HolidayDay, HolidaySets, Schedule, Weekday } from '../../src/core/schedule.ts';

/** `09:00-17:00` as a window. */
export function windows(...texts: readonly string[]): DayWindow[] {
  return texts.map((text) => {
    const [from = '', to = ''] = text.split('-');
    return { from, to };
  });
}

export const never: Schedule['week'] = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

/** The same windows every day. */
export function daily(...texts: readonly string[]): Schedule['week'] {
  const day = windows(...texts);
  return { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day };
}

/** Windows on some days. */
export const on = (days: readonly Weekday[], ...texts: readonly string[]): Schedule['week'] => ({
  ...never,
  ...Object.fromEntries(days.map((day) => [day, windows(...texts)])),
});

export function schedule(week: Schedule['week'], more: Partial<Schedule> = {}): Schedule {
  return { week, valid_from: null, valid_until: null, holidays: [], exceptions: [], ...more };
}

export const closedOn = (...ids: readonly string[]): Schedule['holidays'] =>
  ids.map((holiday_id) => ({ holiday_id, rule: 'closed', windows: [] }));

/** Twenty schedules that have all their corners at a date, and the holidays they name. */
export function shapesAround(date: string): { holidays: HolidaySets; shapes: Schedule[] } {
  const shifted = (days: number) => new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
  const [before, after] = [shifted(-1), shifted(1)];
  const oneDay = (day: string) => [{ date: day, until: null, yearly: false }];
  const holidays: HolidaySets = new Map<string, HolidayDay[]>([
    ['before', oneDay(before)],
    ['day', [{ date, until: null, yearly: true }]],
    ['after', oneDay(after)],
    ['days', [{ date: before, until: after, yearly: false }]],
  ]);
  const night = daily('22:00-06:00');
  const own = (holiday_id: string, ...texts: string[]): Schedule['holidays'] => [
    { holiday_id, rule: 'windows', windows: windows(...texts) },
  ];
  return {
    holidays,
    shapes: [
      schedule(daily('09:00-17:00')),
      schedule(daily('00:00-24:00')),
      schedule(daily('00:00-00:01', '23:59-24:00')),
      schedule(night),
      schedule(daily('02:00-03:00')),
      schedule(daily('02:30-02:45', '01:15-02:15')),
      schedule(daily('01:30-02:30', '02:30-03:30')),
      schedule(daily('23:30-00:30')),
      schedule(daily('23:59-23:58')),
      schedule(daily('00:00-00:15', '00:20-01:00', '03:01-03:02', '12:00-24:00')),
      schedule(on(['sun'], '00:00-24:00')),
      schedule(on(['sat'], '20:00-04:00')),
      schedule(on(['mon', 'tue', 'wed', 'thu', 'fri'], '06:00-02:30')),
      schedule(night, { holidays: closedOn('day') }),
      schedule(night, { holidays: closedOn('before') }),
      schedule(daily('00:00-24:00'), { holidays: [...own('after', '02:10-02:50'), ...closedOn('days')] }),
      schedule(night, {
        holidays: [{ holiday_id: 'day', rule: 'ignored', windows: [] }, ...closedOn('days')],
      }),
      schedule(never, { holidays: own('days', '00:30-02:30', '22:00-03:00') }),
      schedule(night, { exceptions: [{ date, windows: windows('01:00-24:00') }], holidays: closedOn('day') }),
      schedule(night, { valid_from: before, valid_until: date }),
    ],
  };
}
