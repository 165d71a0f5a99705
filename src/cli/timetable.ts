import type { z } from 'zod';
import { openZone } from '../scheduler/zone.ts';
import type { door, system } from '../schema/api/system.ts';
import type { HolidayShown } from '../schema/schedule.ts';
import type { TimetableShown } from '../schema/timetable.ts';
import type { AdminClient } from './admin-client.ts';
import { daemonOptions, daemonUsage, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { listed, named } from './listed-objects.ts';
import { monthsOf } from './schedule.ts';
import { printable, textTable } from './text-table.ts';
import { previewLegend, timetablePreview } from './timetable-preview.ts';

export const command: Command = {
  name: 'timetable',
  summary: 'timetables of doors: which there are, how the doors stand when, as a calendar',
  usage: `postern timetable list [--json]
postern timetable preview NAME [--months N]
postern timetable export NAME > FILE.ics

  NAME            the timetable's name or id
  --months N      how far ahead, 1 to 24 (default 13)
${daemonUsage}`,
  async run(argv, io) {
    const options = { ...daemonOptions, months: { type: 'string', default: '13' } } as const;
    const { values, positionals } = readArguments(argv, options);
    const [what, name, ...more] = positionals;
    if (more.length > 0) throw new UsageError('there is a word too many');
    const months = monthsOf(values.months);
    const client = await daemon(values, io.env);
    switch (what) {
      case 'list': {
        const timetables = await listed<TimetableShown>(client, '/v1/timetables');
        if (values.json) {
          io.out(`${JSON.stringify(timetables, null, 2)}\n`);
          return 0;
        }
        const { items: doors } = await client.get<{ items: z.infer<typeof door>[] }>('/v1/doors');
        const nameOf = new Map(doors.map((one) => [one.id, one.name]));
        const rows = timetables.map((one) => [
          one.name,
          one.door_ids.map((id) => nameOf.get(id) ?? id).join(', ') || '-',
          String(one.rules.length),
          one.fixed ? 'site file' : 'API',
          one.id,
        ]);
        io.out(textTable(['NAME', 'DOORS', 'RULES', 'MADE IN', 'ID'], rows));
        return 0;
      }
      case 'preview': {
        const timetable = await timetableNamed(client, name);
        const [site, holidays] = await Promise.all([
          client.get<z.infer<typeof system>>('/v1/system'),
          listed<HolidayShown>(client, '/v1/holidays'),
        ]);
        const sets = new Map(holidays.map(({ id, days }) => [id, days]));
        io.out(`${printable(timetable.name)}, ${site.time_zone}: ${previewLegend}\n`);
        const zone = openZone(site.time_zone);
        io.out(timetablePreview(timetable.rules, sets, zone, Date.parse(site.time), months));
        return 0;
      }
      case 'export': {
        const { id } = await timetableNamed(client, name);
        io.out(await client.getText(`/v1/timetables/${id}.ics`));
        return 0;
      }
      default:
        throw new UsageError('say list, preview or export');
    }
  },
};

const timetableNamed = async (client: AdminClient, name: string | undefined): Promise<TimetableShown> =>
  named(await listed<TimetableShown>(client, '/v1/timetables'), 'timetable', name);
