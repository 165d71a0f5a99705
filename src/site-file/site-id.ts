import { createHash } from 'node:crypto';
import { formatUuid } from '../core/uuid.ts';

export type SiteThing =
  | 'reader'
  | 'lock'
  | 'door'
  | 'partition'
  | 'panel'
  | 'schedule'
  | 'holiday'
  | 'timetable';

/**
 * The id of something in the site file: UUID version 5 (RFC 9562, 5.5) of `kind/name` in the namespace of the site's id. The same
 * name has the same id for ever, on whatever controller.
 */
export function siteThingId(siteId: string, kind: SiteThing, name: string): string {
  const namespace = Buffer.from(siteId.replaceAll('-', ''), 'hex');
  return formatUuid(createHash('sha1').update(namespace).update(`${kind}/${name}`, 'utf8').digest(), 5);
}
