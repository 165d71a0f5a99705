import { isDeepStrictEqual } from 'node:util';
import type { Records } from '../../schema/storage.ts';
import type { RecordSet } from './record-set.ts';

/** What a restore would do to what people manage, by name, one line each. No line holds a PIN, a card number or a key. */
export interface Difference {
  /** Removed since the backup was made: they would be there again, and open again what they opened. */
  back: string[];
  changed: string[];
  /** Made since. */
  gone: string[];
}

/** Kinds that open something come first. */
const compared = [
  'user',
  'credential',
  'access',
  'api_key',
  'door_group',
  'schedule',
  'holiday',
  'timetable',
  'webhook',
] as const satisfies (keyof Records)[];
type Compared = (typeof compared)[number];

/** @param doorNames names of doors by id, as far as the site file knows them */
export function differenceOf(
  present: RecordSet,
  backup: RecordSet,
  doorNames: ReadonlyMap<string, string>,
): Difference {
  const difference: Difference = { back: [], changed: [], gone: [] };
  for (const kind of compared) {
    const [now, then] = [present.of(kind), backup.of(kind)];
    for (const [id, record] of then) {
      const other = now.get(id);
      if (other === undefined) difference.back.push(nameOf(kind, record, backup, doorNames));
      else {
        const changes = membersChanged(other, record);
        if (changes.length === 0) continue;
        difference.changed.push(`${nameOf(kind, record, backup, doorNames)}: ${changes.join(', ')}`);
      }
    }
    for (const [id, record] of now) {
      if (!then.has(id)) difference.gone.push(nameOf(kind, record, present, doorNames));
    }
  }
  return difference;
}

function nameOf(
  kind: Compared,
  record: Records[Compared],
  among: RecordSet,
  doors: ReadonlyMap<string, string>,
): string {
  const person = (id: string): string => {
    const user = among.of('user').get(id);
    return user === undefined ? `user ${id}` : `${user.first_name} ${user.last_name}`.trim();
  };
  if ('target' in record) {
    const { target } = record;
    if ('partition' in target) return `access of ${person(record.user_id)} to partition ${target.partition}`;
    if ('door_id' in target) {
      return `access of ${person(record.user_id)} to ${doors.get(target.door_id) ?? `door ${target.door_id}`}`;
    }
    const group = among.of('door_group').get(target.door_group_id);
    return `access of ${person(record.user_id)} to ${group?.name ?? `door group ${target.door_group_id}`}`;
  }
  if ('sealed' in record && 'user_id' in record) {
    return `${record.kind === 'pin' ? 'PIN' : record.kind} of ${person(record.user_id)}`;
  }
  const what = kind.replaceAll('_', ' ').replace('api', 'API');
  if ('last_name' in record) return `${what} ${person(record.id)}`;
  if ('url' in record) return `${what} ${record.url}`;
  return `${what} ${'name' in record ? record.name : (record as { id: string }).id}`;
}

/** Told by every change. */
const noise = new Set(['revision', 'updated_at']);
/** Members whose values may be shown. */
const shown = new Set([
  'suspended',
  'blocked',
  'state',
  'valid_from',
  'valid_until',
  'enabled',
  'duress',
  'name',
]);
/** What a member is called whose own name says little. */
const meant: Readonly<Record<string, string>> = { key: 'another value', uses: 'uses left' };

function membersChanged(now: object, then: object): string[] {
  const before = new Map<string, unknown>(Object.entries(now));
  const after = new Map<string, unknown>(Object.entries(then));
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (member) => !noise.has(member) && !isDeepStrictEqual(before.get(member), after.get(member)),
  );
  // The same value sealed again: nothing that anybody would see.
  const seen = changed.filter((member) => member !== 'sealed');
  return seen.map((member) =>
    shown.has(member)
      ? `${member} ${String(before.get(member) ?? 'none')} -> ${String(after.get(member) ?? 'none')}`
      : (meant[member] ?? member),
  );
}
