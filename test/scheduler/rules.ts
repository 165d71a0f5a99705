import type { TimetableRule } from '../../src/core/timetable-rule.ts';

/** A rule of a timetable: what is not given is as it is mostly. */
export const rule = (mode: TimetableRule['mode'], more: Partial<TimetableRule> = {}): TimetableRule => ({
  mode,
  week: null,
  cron: null,
  valid_from: null,
  valid_until: null,
  holidays: [],
  exceptions: [],
  first_person: null,
  ...more,
});
