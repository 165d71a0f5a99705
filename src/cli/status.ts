import type { z } from 'zod';
import { errorTable } from '../core/error.ts';
import type { door, reader, system } from '../schema/api/system.ts';
import type { HolderView } from '../schema/confirmation.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { backupLines } from './backup-lines.ts';
import { clockWarnings } from './clock-picture.ts';
import type { Command } from './command.ts';
import { daemon } from './daemon.ts';
import { damageLines } from './damage-lines.ts';
import { printable, textTable } from './text-table.ts';

type System = z.infer<typeof system>;
type Door = z.infer<typeof door>;
type Reader = z.infer<typeof reader>;

export const command: Command = {
  name: 'status',
  summary: 'what the doors, readers and locks are doing',
  usage: `postern status [--json]\n\n${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, daemonOptions);
    noMore(positionals);
    const client = await daemon(values, io.env);
    const site = await client.get<System>('/v1/system');
    const [doors, readers, holders] = await Promise.all([
      client.get<{ items: Door[] }>('/v1/doors'),
      client.get<{ items: Reader[] }>('/v1/readers'),
      site.storage.state === 'sound' ? client.get<{ items: HolderView[] }>('/v1/holders') : { items: [] },
    ]);
    if (values.json) {
      const all = { system: site, doors: doors.items, readers: readers.items, holders: holders.items };
      io.out(`${JSON.stringify(all, null, 2)}\n`);
    } else io.out(picture(site, doors.items, readers.items, holders.items));
    return site.storage.damage === null ? 0 : errorTable.storage_damaged.exit;
  },
};

function picture(
  site: System,
  doors: readonly Door[],
  readers: readonly Reader[],
  holders: readonly HolderView[],
): string {
  const state = site.doors;
  const lines = [
    `${printable(site.name)}  Postern ${site.version}  ${site.time} (${site.time_zone}${site.clock_synced === true ? ', synchronized' : ''})`,
    ...(site.storage.damage === null
      ? [`${count(site.users, 'user')}, ${count(site.credentials, 'credential')}`]
      : damageLines(site.storage.damage)),
    state === null
      ? 'THE DOOR PROCESS IS SILENT: what follows is not known to be so now'
      : `table ${site.doors_in_sync ? 'at the doors' : 'ON ITS WAY TO THE DOORS'}; ${count(state.journal.pending, 'event')} not stored yet`,
    ...(site.disk?.takes_writes === false
      ? ['THE DISK TAKES NO WRITES: changes are refused, doors go on']
      : []),
    ...(site.disk?.low === true ? ['THE DISK IS NEARLY FULL'] : []),
    ...backupLines(site),
    ...clockWarnings(site),
    ...(state?.journal.dropped ? [`EVENTS LOST: ${state.journal.dropped}, the journal was full`] : []),
  ];
  const partitions = state?.partitions ?? [];
  const devices = holders.filter(({ kind }) => kind !== 'controller');
  return [
    `${lines.join('\n')}\n`,
    textTable(['DOOR', 'LOCK', 'CONTACT', 'NOTES'], doors.map(doorLine)),
    textTable(
      ['READER', 'LINE', 'ADDRESS', 'STATE', 'DAMAGED', 'UNANSWERED', 'LAST MINUTES'],
      readers.map(({ name, port, address, online, security, damaged, timeouts, recent }) => [
        name,
        port,
        String(address),
        `${online === null ? 'unknown' : online ? 'online' : 'OFFLINE'}${channelNotes[security ?? 'paired']}`,
        String(damaged),
        String(timeouts),
        recent === null ? '' : recently(recent),
      ]),
    ),
    ...(devices.length === 0
      ? []
      : [textTable(['KEEPS CODES', 'STATE', 'USED', 'GREY', 'RED', 'NOTES'], devices.map(holderLine))]),
    ...(partitions.length === 0
      ? []
      : [
          textTable(
            ['PARTITION', 'STATE', 'SINCE'],
            partitions.map((p) => [p.name, p.state, p.since]),
          ),
        ]),
  ].join('\n');
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

function holderLine({
  name,
  state,
  used,
  capacity,
  reserved,
  pending,
  failed,
  misconfigured,
  detail,
}: HolderView) {
  return [
    name,
    state === 'online' ? state : state.toUpperCase(),
    `${used} of ${(capacity ?? 0) - reserved}`,
    String(pending),
    String(failed),
    misconfigured === null ? (state === 'online' ? '' : (detail ?? '')) : `SET UP WRONGLY: ${misconfigured}`,
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
  const notes = [
    one.lock_online === false ? 'LOCK OFFLINE' : '',
    one.insecure ? 'INSECURE READER' : '',
    one.forced_open ? 'FORCED OPEN' : '',
    one.held_open ? 'HELD OPEN' : '',
    ...modeNotes(one.mode),
    one.locked_out_until === null ? '' : `keypad locked out until ${one.locked_out_until}`,
  ];
  return [one.name, one.lock, one.contact, notes.filter((note) => note !== '').join(', ')];
}

/** How a door stands that does not stand as usual, and why; and what it waits for. */
function modeNotes(mode: Door['mode']): string[] {
  if (mode === null) return [];
  const { now, override, waits_for } = mode;
  const until = override?.until == null ? '' : ` until ${override.until}`;
  const how = now === 'card_and_pin' ? 'card and PIN' : now;
  return [
    override !== null ? `${how} by order${until}` : now === 'normal' ? '' : `${how} by its timetable`,
    waits_for === 'first_person' ? 'unlocks when the first person comes' : '',
    waits_for === 'trusted_clock' ? 'WAITS FOR A CLOCK THAT CAN BE TRUSTED' : '',
  ];
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
