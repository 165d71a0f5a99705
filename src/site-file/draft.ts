import { backupTable } from '../schema/backup-table.ts';
import { cardFormatTable, cardsTable } from '../schema/card-table.ts';
import { feedbackPatterns } from '../schema/feedback-table.ts';
import { readable } from '../schema/readable.ts';
import { holidayTable, scheduleTable, timetableRuleTable } from '../schema/schedule-table.ts';
import * as schema from '../schema/site-file.ts';
import type { TomlPath } from './toml-position.ts';

/**
 * What can be read of a site file that may have mistakes, so that one mistake does not hide the next. Every table that the file names is
 * in it, with those of its members that are of the right kind.
 */
export function draftOf(raw: unknown) {
  const file = tableOf(raw);
  const panel = file['panel'];
  return {
    /** Whether the file says anything at this path, right or wrong. */
    given: (...path: TomlPath) =>
      path.reduce<unknown>(
        (at, part) => (typeof part === 'number' ? listOf(at)[part] : tableOf(at)[part]),
        raw,
      ) !== undefined,
    site: readable(schema.site, file['site']),
    clock: readable(schema.clock, file['clock']),
    pin: readable(schema.pin, file['pin']),
    lock_out: readable(schema.lockOut, file['lock_out']),
    api: readable(schema.api, file['api']),
    log: readable(schema.log, file['log']),
    backup: readable(backupTable, file['backup']),
    cards: readable(cardsTable, file['cards']),
    formats: each(file['formats'], (one) => readable(cardFormatTable, one)),
    feedback: each(file['feedback'], (one) => readable(feedbackPatterns, one)),
    ports: each(file['ports'], readPort),
    readers: each(file['readers'], (one) => readable(schema.reader, one)),
    /** By the reader's name, each by its own. */
    outputs: each(file['readers'], (one) =>
      each(tableOf(one)['outputs'], (output) => readable(schema.readerOutput, output)),
    ),
    locks: each(file['locks'], (one) => readable(schema.lock, one)),
    doors: each(file['doors'], (one) => readable(schema.door, one)),
    panel: panel === undefined ? null : readable(schema.panel.omit({ partitions: true }), panel),
    partitions: each(tableOf(panel)['partitions'], (one) => readable(schema.partition, one)),
    schedules: each(file['schedules'], (one) => readable(scheduleTable, one)),
    holidays: each(file['holidays'], (one) => readable(holidayTable, one)),
    /** Their rules, in order. */
    timetables: each(file['timetables'], (one) =>
      listOf(tableOf(one)['rules']).map((rule) => readable(timetableRuleTable, rule)),
    ),
  };
}

export type Draft = ReturnType<typeof draftOf>;

function readPort(raw: unknown) {
  switch (tableOf(raw)['kind']) {
    case 'tcp':
      return { ...noPort, tcp: readable(schema.tcpPort, raw) };
    case 'tls':
      return { ...noPort, tls: readable(schema.tlsPort, raw) };
    case 'evdev':
      return { ...noPort, evdev: readable(schema.evdevPort, raw) };
    default:
      return { ...noPort, serial: readable(schema.serialPort, raw) };
  }
}

const noPort = { tcp: null, tls: null, serial: null, evdev: null };

function tableOf(raw: unknown): Record<string, unknown> {
  return raw !== null && typeof raw === 'object' && !Array.isArray(raw)
    ? (raw as Record<string, unknown>)
    : {};
}

const listOf = (raw: unknown): unknown[] => (Array.isArray(raw) ? raw : []);

function each<T>(raw: unknown, read: (one: unknown) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries(tableOf(raw)).map(([name, one]) => [name, read(one)]));
}
