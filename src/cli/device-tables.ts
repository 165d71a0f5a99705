import type { z } from 'zod';
import type { door, doorsStatus, reader } from '../schema/api/system.ts';
import type { HolderView } from '../schema/confirmation.ts';
import { goneNote } from './holder-names.ts';
import { outputLine } from './output-line.ts';
import { textTable } from './text-table.ts';

export type Door = z.infer<typeof door>;
export type Reader = z.infer<typeof reader>;
type Partition = z.infer<typeof doorsStatus>['partitions'][number];

export const doorTable = (doors: readonly Door[]): string =>
  textTable(['DOOR', 'LOCK', 'CONTACT', 'NOTES'], doors.map(doorLine));

export const readerTable = (readers: readonly Reader[]): string =>
  textTable(
    ['READER', 'LINE', 'ADDRESS', 'STATE', 'DAMAGED', 'UNANSWERED', 'LAST MINUTES', 'OUTPUTS'],
    readers.map(({ name, port, address, online, security, damaged, timeouts, recent, outputs }) => [
      name,
      port,
      String(address),
      `${online === null ? 'unknown' : online ? 'online' : 'OFFLINE'}${channelNotes[security ?? 'paired']}`,
      String(damaged),
      String(timeouts),
      recent === null ? '' : recently(recent),
      outputLine(outputs),
    ]),
  );

/** Devices that keep codes, but for the controller itself; none where there are none. */
export function holderTables(holders: readonly HolderView[]): string[] {
  const devices = holders.filter(({ kind }) => kind !== 'controller');
  if (devices.length === 0) return [];
  return [textTable(['KEEPS CODES', 'STATE', 'USED', 'GREY', 'RED', 'NOTES'], devices.map(holderLine))];
}

export function partitionTables(partitions: readonly Partition[]): string[] {
  if (partitions.length === 0) return [];
  return [
    textTable(
      ['PARTITION', 'STATE', 'SINCE'],
      partitions.map(({ name, state, since }) => [name, state, since]),
    ),
  ];
}

/** What of the traffic of the last minutes went wrong, for those who look for a bad wire. */
function recently({ exchanges, resends, timeouts, damaged, refusals, busy }: NonNullable<Reader['recent']>) {
  const faults = Object.entries({ unanswered: timeouts, damaged, refused: refusals, busy });
  const told = faults.flatMap(([what, n]) => (n === 0 ? [] : [`${n} ${what}`]));
  const rate = ((100 * (timeouts + damaged)) / Math.max(1, exchanges + resends)).toFixed(1);
  return told.length === 0
    ? `${exchanges} sent, no error`
    : `${exchanges} sent, ${rate} % lost: ${told.join(', ')}`;
}

function holderLine(holder: HolderView) {
  const { name, state, used, capacity, reserved, pending, failed, misconfigured, detail } = holder;
  if (state === 'gone') return [name, 'GONE', String(used), '', '', goneNote(holder)];
  return [
    name,
    state === 'online' ? state : state.toUpperCase(),
    `${used} of ${(capacity ?? 0) - reserved}`,
    String(pending),
    String(failed),
    misconfigured === null ? (detail ?? '') : `SET UP WRONGLY: ${misconfigured}`,
  ];
}

const channelNotes: Record<NonNullable<Reader['security']>, string> = {
  insecure: ', INSECURE',
  not_paired: ', NOT PAIRED',
  pairing: ', being paired',
  paired: '',
  identity_changed: ', ANOTHER DEVICE',
};

function doorLine(one: Door): string[] {
  const alone = one.holder_id !== null;
  const notes = [
    one.lock_online === false ? 'LOCK OFFLINE' : '',
    alone && one.lock_online === null ? 'lock not heard yet' : '',
    alone ? codesOf(one.capabilities) : '',
    one.insecure ? 'INSECURE READER' : '',
    one.forced_open ? 'FORCED OPEN' : '',
    one.held_open ? 'HELD OPEN' : '',
    ...modeNotes(one.mode),
    one.locked_out_until === null ? '' : `keypad locked out until ${one.locked_out_until}`,
  ];
  // A lock that goes by its own codes tells neither its bolt nor its door.
  const [lock, contact] = alone ? ['decides by itself', '-'] : [one.lock, one.contact];
  return [one.name, lock, contact, notes.filter((note) => note !== '').join(', ')];
}

const codesOf = (capabilities: Door['capabilities']): string =>
  capabilities === null || capabilities.max_codes === null
    ? ''
    : `${capabilities.used_codes} of ${capabilities.max_codes} codes`;

/** How a door stands that does not stand as usual, and why; and what it waits for. */
function modeNotes(mode: Door['mode']): string[] {
  if (mode === null) return [];
  const { now, override, waits_for } = mode;
  const until = override?.until == null ? '' : ` until ${override.until}`;
  const how = now === 'card_and_pin' ? 'card and PIN' : now;
  if (waits_for === 'disarm') return ['unlocks when its partition is disarmed'];
  return [
    override !== null ? `${how} by order${until}` : now === 'normal' ? '' : `${how} by its timetable`,
    waits_for === 'first_person' ? 'unlocks when the first person comes' : '',
    waits_for === 'trusted_clock' ? 'WAITS FOR A CLOCK THAT CAN BE TRUSTED' : '',
  ];
}
