import type { HolidayRule } from '../core/schedule.ts';
import type { SiteHoliday, SiteSchedule, SiteTimetable } from '../core/site.ts';
import type { TimetableRule } from '../core/timetable-rule.ts';
import type {
  HolidayTable,
  ScheduleTable,
  TimetableRuleTable,
  TimetableTable,
} from '../schema/schedule-table.ts';
import type { DoorTable } from '../schema/site-file.ts';
import { siteThingId } from './site-id.ts';

/** A schedule of the site file. Its id, and those of its holidays, follow from their names. */
export function scheduleOf(siteId: string, name: string, table: ScheduleTable): SiteSchedule {
  const { valid_from, valid_until, holidays, exceptions, ...week } = table;
  return {
    id: siteThingId(siteId, 'schedule', name),
    name,
    week,
    valid_from: valid_from ?? null,
    valid_until: valid_until ?? null,
    holidays: holidayRules(siteId, holidays),
    exceptions,
  };
}

/** A timetable of the site file, for the doors that name it. */
export function timetableOf(
  siteId: string,
  name: string,
  { rules }: TimetableTable,
  doors: Readonly<Record<string, DoorTable>>,
): SiteTimetable {
  return {
    id: siteThingId(siteId, 'timetable', name),
    name,
    door_ids: Object.entries(doors).flatMap(([door, { timetable }]) =>
      timetable === name ? [siteThingId(siteId, 'door', door)] : [],
    ),
    rules: rules.map((rule) => ruleOf(siteId, rule)),
  };
}

function ruleOf(siteId: string, table: TimetableRuleTable): TimetableRule {
  const { mode, cron, for: ms, first_person, valid_from, valid_until, holidays, exceptions, ...week } = table;
  return {
    mode,
    week: cron === undefined ? week : null,
    cron: cron === undefined ? null : { expression: cron.trim(), minutes: (ms ?? 0) / 60_000 },
    valid_from: valid_from ?? null,
    valid_until: valid_until ?? null,
    holidays: holidayRules(siteId, holidays),
    exceptions,
    first_person: first_person ?? null,
  };
}

export function holidayOf(siteId: string, name: string, { days }: HolidayTable): SiteHoliday {
  return { id: siteThingId(siteId, 'holiday', name), name, days };
}

function holidayRules(siteId: string, holidays: ScheduleTable['holidays']): HolidayRule[] {
  return Object.entries(holidays).map(([holiday, rule]) => ({
    holiday_id: siteThingId(siteId, 'holiday', holiday),
    ...rule,
  }));
}
