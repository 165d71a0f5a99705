import { z } from 'zod';
import { doorGroup, doorGroupFields } from '../record.ts';
import { pageOf, pageQuery, warnings, writtenMembers } from './written.ts';

export const doorGroupCreate = doorGroupFields.extend({
  external_id: doorGroupFields.shape.external_id.default(null),
  door_ids: doorGroupFields.shape.door_ids.default([]),
});
export const doorGroupPatch = doorGroupFields.partial();
export const doorGroupWritten = doorGroup.extend({ ...writtenMembers, ...warnings });
export const doorGroupList = pageOf(doorGroup);
export const doorGroupQuery = z.strictObject(pageQuery);
