import type { HolidaySets } from '../core/schedule.ts';
import { openZone, type Zone } from '../scheduler/zone.ts';
import type { HolidayShown } from '../schema/schedule.ts';
import type { SystemInfo } from '../schema/system-info.ts';
import type { AdminClient } from './admin-client.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { listed, named } from './listed-objects.ts';
import { printable } from './text-table.ts';

/** What a command on schedules, or on timetables, has of its own. */
export interface CalendarKind<T extends { id: string; name: string }> {
  name: 'schedule' | 'timetable';
  summary: string;
  table(all: readonly T[], client: AdminClient): Promise<string>;
  /** What the signs of the preview mean; empty: they are plain. */
  legend: string;
  preview(one: T, holidays: HolidaySets, zone: Zone, now: number, months: number): string;
}

/** `list`, `preview` and `export` of what holds at some times and not at others. */
export function calendarCommand<T extends { id: string; name: string }>(kind: CalendarKind<T>): Command {
  const path = `/v1/${kind.name}s`;
  const found = async (client: AdminClient, name: string | undefined): Promise<T> =>
    named(await listed<T>(client, path), kind.name, name);
  return {
    name: kind.name,
    summary: kind.summary,
    usage: `postern ${kind.name} list [--json]
postern ${kind.name} preview NAME [--months N]
postern ${kind.name} export NAME > FILE.ics

  NAME            the ${kind.name}'s name or id
  --months N      how far ahead, 1 to 24 (default 13)
${daemonUsage}`,
    async run(argv, io) {
      const options = { ...daemonOptions, months: { type: 'string', default: '13' } } as const;
      const { values, positionals } = readArguments(argv, options);
      const [what, name, ...more] = positionals;
      noMore(what === 'list' ? positionals.slice(1) : more);
      if ((what === 'preview' || what === 'export') && name === undefined)
        throw new UsageError(`the name of a ${kind.name} is missing`);
      const months = monthsOf(values.months);
      const client = await daemon(values, io.env);
      switch (what) {
        case 'list': {
          const all = await listed<T>(client, path);
          io.out(values.json ? `${JSON.stringify(all, null, 2)}\n` : await kind.table(all, client));
          return 0;
        }
        case 'preview': {
          const one = await found(client, name);
          const [{ time_zone, time }, holidays] = await Promise.all([
            client.get<SystemInfo>('/v1/system'),
            listed<HolidayShown>(client, '/v1/holidays'),
          ]);
          const sets = new Map(holidays.map(({ id, days }) => [id, days]));
          const legend = kind.legend === '' ? '' : `: ${kind.legend}`;
          io.out(`${printable(one.name)}, ${time_zone}${legend}\n`);
          io.out(kind.preview(one, sets, openZone(time_zone), Date.parse(time), months));
          return 0;
        }
        case 'export': {
          const { id } = await found(client, name);
          io.out(await client.getText(`${path}/${id}.ics`));
          return 0;
        }
        default:
          throw new UsageError('say list, preview or export');
      }
    },
  };
}

function monthsOf(text: string): number {
  const months = Number(text);
  if (Number.isInteger(months) && months >= 1 && months <= 24) return months;
  throw new UsageError('--months is a whole number from 1 to 24');
}
