import type { z } from 'zod';
import { openZone } from '../scheduler/zone.ts';
import type { system } from '../schema/api/system.ts';
import type { HolidayShown, ScheduleShown } from '../schema/schedule.ts';
import type { AdminClient } from './admin-client.ts';
import { daemonOptions, daemonUsage, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { listed, named } from './listed-objects.ts';
import { schedulePreview } from './schedule-preview.ts';
import { printable, textTable } from './text-table.ts';

export const command: Command = {
  name: 'schedule',
  summary: 'schedules: which there are, when they open, as a calendar',
  usage: `postern schedule list [--json]
postern schedule preview NAME [--months N]
postern schedule export NAME > FILE.ics

  NAME            the schedule's name or id
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
        const schedules = await listed<ScheduleShown>(client, '/v1/schedules');
        if (values.json) io.out(`${JSON.stringify(schedules, null, 2)}\n`);
        else io.out(textTable(['NAME', 'FROM', 'UNTIL', 'MADE IN', 'ID'], schedules.map(line)));
        return 0;
      }
      case 'preview': {
        const schedule = await scheduleNamed(client, name);
        const [site, holidays] = await Promise.all([
          client.get<z.infer<typeof system>>('/v1/system'),
          listed<HolidayShown>(client, '/v1/holidays'),
        ]);
        const sets = new Map(holidays.map(({ id, days }) => [id, days]));
        const zone = openZone(site.time_zone);
        io.out(`${printable(schedule.name)}, ${site.time_zone}\n`);
        io.out(schedulePreview(schedule, sets, zone, Date.parse(site.time), months));
        return 0;
      }
      case 'export': {
        const { id } = await scheduleNamed(client, name);
        io.out(await client.getText(`/v1/schedules/${id}.ics`));
        return 0;
      }
      default:
        throw new UsageError('say list, preview or export');
    }
  },
};

const line = ({ name, valid_from, valid_until, fixed, id }: ScheduleShown): string[] => [
  name,
  valid_from ?? '-',
  valid_until ?? '-',
  fixed ? 'site file' : 'API',
  id,
];

const scheduleNamed = async (client: AdminClient, name: string | undefined): Promise<ScheduleShown> =>
  named(await listed<ScheduleShown>(client, '/v1/schedules'), 'schedule', name);

/** Reads `--months`. */
export function monthsOf(text: string): number {
  const months = Number(text);
  if (Number.isInteger(months) && months >= 1 && months <= 24) return months;
  throw new UsageError('--months is a whole number from 1 to 24');
}
