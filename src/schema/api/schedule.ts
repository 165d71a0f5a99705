import { z } from 'zod';
import { holiday, holidayFields, schedule, scheduleFields } from '../schedule.ts';
import { pageOf, pageQuery, warnings, writtenMembers } from './written.ts';

const fields = scheduleFields.shape;
export const scheduleCreate = scheduleFields.extend({
  external_id: fields.external_id.default(null),
  valid_from: fields.valid_from.default(null),
  valid_until: fields.valid_until.default(null),
  holidays: fields.holidays.default([]),
  exceptions: fields.exceptions.default([]),
});
export const schedulePatch = scheduleFields.partial();
export const scheduleWritten = schedule.extend({ ...writtenMembers, ...warnings });
export const scheduleList = pageOf(schedule);
export const scheduleQuery = z.strictObject(pageQuery);

export const holidayCreate = holidayFields.extend({
  external_id: holidayFields.shape.external_id.default(null),
});
export const holidayPatch = holidayFields.partial();
export const holidayWritten = holiday.extend({ ...writtenMembers, ...warnings });
export const holidayList = pageOf(holiday);
export const holidayQuery = z.strictObject(pageQuery);
