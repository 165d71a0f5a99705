import { isDeepStrictEqual } from 'node:util';
import { cronFault } from '../core/cron-expression.ts';
import type { FieldError } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import type { TimetableRule } from '../core/timetable-rule.ts';
import { horizonAt } from '../scheduler/compile.ts';
import { timetableCalendar } from '../scheduler/icalendar.ts';
import { keylessReaders } from '../scheduler/keyless-readers.ts';
import { compileTimetable } from '../scheduler/timetable.ts';
import { openZone } from '../scheduler/zone.ts';
import { type StoredTimetable, type TimetableFields, timetableFields } from '../schema/timetable.ts';
import { checked, invalidInput } from './input.ts';
import type { AdminService } from './ports.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import { fixedStamp, type ScheduleBook, scheduleBook } from './schedule-book.ts';
import { datesFaults, refuseFixed } from './schedules.ts';
import type { Directory } from './storage.ts';

/** How doors stand when. Those of the site file are shown and cannot be changed. */
export function timetablesService(parts: {
  directory: Directory;
  writer: RecordWriter;
  site(): Site;
  feedCursor(): string;
}): AdminService['timetables'] {
  const { directory, site, writer } = parts;
  const book = scheduleBook({ directory, site, now: writer.now });
  const fixed = new Map(site().timetables.map((one) => [one.id, storedTimetable(one)]));
  const isFixed = (id: string): boolean => fixed.has(id);
  const timetables = resource(parts, {
    kind: 'timetable',
    records: { get: (id) => fixed.get(id) ?? directory.timetables.get(id) },
    fields: ({ id, revision, created_at, updated_at, ...fields }) => fields,
    make(fields, stamp, before) {
      refuseFixed({ isFixed }, stamp.id);
      const given = checked(timetableFields, fields);
      const others = [...fixed.values(), ...directory.timetables.values()].filter(
        ({ id }) => id !== stamp.id,
      );
      const faults = [
        ...given.rules.flatMap((rule, i) => ruleFaults(rule, i, book)),
        ...doorFaults(given, site(), new Set(before?.door_ids), others),
      ];
      if (faults.length > 0) throw invalidInput(...faults);
      return { ...stamp, ...given, door_ids: [...new Set(given.door_ids)] };
    },
    show: (timetable) => ({ ...timetable, fixed: isFixed(timetable.id) }),
    narrows: (before, after) =>
      !isDeepStrictEqual([before.rules, before.door_ids], [after.rules, after.door_ids]),
    narrowsNew: ({ rules }) => rules.some(({ mode }) => mode !== 'unlocked'),
    removal({ id }) {
      refuseFixed({ isFixed }, id);
      return [];
    },
    candidates: () => [...fixed.keys(), ...directory.ids('timetable')].sort(),
    matches: (_, __: Record<string, never>) => true,
    warnings: ({ rules, door_ids }) => [...book.lintRules(rules), ...keylessReaders(rules, door_ids, site())],
  });
  return {
    ...timetables,
    calendar(id) {
      const { rules, ...timetable } = timetables.record(id);
      const now = Date.parse(writer.now());
      const zone = openZone(site().time_zone);
      const compiled = compileTimetable(rules, book.sets(), zone, horizonAt(now));
      return timetableCalendar({ ...timetable, zone: zone.name }, compiled, now);
    },
  };
}

function storedTimetable({ rules, door_ids, ...one }: Site['timetables'][number]): StoredTimetable {
  return { ...fixedStamp, ...one, door_ids: [...door_ids], rules: rules.map(storedRule) };
}

/** What is read-only in the site, as records have it. */
function storedRule(rule: TimetableRule): TimetableFields['rules'][number] {
  return checked(timetableFields.shape.rules.element, rule);
}

function ruleFaults(rule: TimetableFields['rules'][number], i: number, book: ScheduleBook): FieldError[] {
  const pointer = `/rules/${i}`;
  const faults = datesFaults(rule, book).map((fault) => ({ ...fault, pointer: pointer + fault.pointer }));
  const { week, cron, mode, first_person } = rule;
  if ((week === null) === (cron === null)) {
    const detail = 'must be given or cron, and not both: windows of a week, or times and how long each holds';
    faults.push({ pointer: `${pointer}/week`, detail });
  }
  const fault = cron === null ? null : cronFault(cron.expression);
  if (fault !== null) faults.push({ pointer: `${pointer}/cron/expression`, detail: fault });
  if (first_person !== null && mode !== 'unlocked') {
    const detail = 'must be null: a first person only unlocks';
    faults.push({ pointer: `${pointer}/first_person`, detail });
  }
  return faults;
}

/** A door that has left the site since may stay, but none comes in that is not there, or goes by another timetable. */
function doorFaults(
  { door_ids }: TimetableFields,
  { doors, locks }: Site,
  before: ReadonlySet<string>,
  others: readonly StoredTimetable[],
): FieldError[] {
  return door_ids.flatMap((id, i) => {
    const pointer = `/door_ids/${i}`;
    const door = doors.find((one) => one.id === id);
    if (door === undefined) {
      return before.has(id) ? [] : [{ pointer, detail: 'there is no such door: GET /v1/doors lists them' }];
    }
    if (!locks.some(({ name }) => name === door.lock)) {
      const detail = 'the lock of this door decides by itself: only one with a relay lock takes a timetable';
      return [{ pointer, detail }];
    }
    const other = others.find((one) => one.door_ids.includes(id));
    if (other === undefined) return [];
    const detail = `goes by the timetable ${other.name} already: take it out there first`;
    return [{ pointer, detail }];
  });
}
