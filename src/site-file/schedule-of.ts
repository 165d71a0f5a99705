import type { SiteHoliday, SiteSchedule } from '../core/site.ts';
import type { HolidayTable, ScheduleTable } from '../schema/schedule-table.ts';
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
    holidays: Object.entries(holidays).map(([holiday, rule]) => ({
      holiday_id: siteThingId(siteId, 'holiday', holiday),
      ...rule,
    })),
    exceptions,
  };
}

export function holidayOf(siteId: string, name: string, { days }: HolidayTable): SiteHoliday {
  return { id: siteThingId(siteId, 'holiday', name), name, days };
}
