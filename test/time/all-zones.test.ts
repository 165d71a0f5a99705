import { expect, test } from 'vitest';
import { differencesAt, transitionsOf } from '../scheduler/oracle.ts';

/** Every zone Node knows, every change of its clock from 2020 to 2040, twenty schedules: not a minute may differ. */
const years = { from: Date.UTC(2020, 0, 1), until: Date.UTC(2041, 0, 1) };

test.each(Intl.supportedValuesOf('timeZone'))('%s', (zone) => {
  const transitions = transitionsOf(zone, years.from, years.until);
  const places = transitions.length > 0 ? transitions : [Date.UTC(2026, 6, 1)];
  for (const at of places) expect(differencesAt(zone, at).differences.slice(0, 5)).toEqual([]);
});
