import type { z } from 'zod';
import { doorModes } from '../core/timetable.ts';
import { dayMs, minuteMs } from '../scheduler/calendar.ts';
import { cronInstant } from '../scheduler/timetable.ts';
import { openZone } from '../scheduler/zone.ts';
import type { door, system } from '../schema/api/system.ts';
import { daemonOptions, daemonUsage, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { named } from './listed-objects.ts';

type Door = z.infer<typeof door>;
const words = [...doorModes, 'timetable'];

export const command: Command = {
  name: 'door',
  summary:
    'have a door stand unlocked, ask for card and PIN, or open for nobody, whatever its timetable says',
  usage: `postern door mode NAME MODE [--until TIME]

  NAME            the door's name or id
  MODE            ${words.join(', ')}: the last one ends what was ordered before
  --until TIME    for how long: 18:00, 2026-03-02T18:00 (by the clock of the site) or with an offset,
                  2026-03-02T18:00Z; without it, until the next order
${daemonUsage}`,
  async run(argv, io) {
    const options = { ...daemonOptions, until: { type: 'string' } } as const;
    const { values, positionals } = readArguments(argv, options);
    const [what, name, mode, ...more] = positionals;
    if (what !== 'mode') throw new UsageError('say door mode NAME MODE');
    if (more.length > 0) throw new UsageError('there is a word too many');
    if (mode === undefined || !words.includes(mode)) throw new UsageError(`MODE is ${words.join(', ')}`);
    if (mode === 'timetable' && values.until !== undefined) {
      throw new UsageError('a door that goes by its timetable does so for good: leave --until out');
    }
    const client = await daemon(values, io.env);
    const { items } = await client.get<{ items: Door[] }>('/v1/doors');
    const { id } = named(items, 'door', name);
    const site = await client.get<z.infer<typeof system>>('/v1/system');
    const until = values.until === undefined ? null : untilOf(values.until, site);
    const body = { mode: mode === 'timetable' ? null : mode, until };
    const set = await client.post(`/v1/doors/${id}/mode`, body);
    if (values.json) io.out(`${JSON.stringify(set, null, 2)}\n`);
    return 0;
  },
};

/** The instant of a time as people write it, by the clock of the site; `HH:MM` is the next one. */
function untilOf(
  text: string,
  { time, time_zone }: Pick<z.infer<typeof system>, 'time' | 'time_zone'>,
): string {
  const now = Date.parse(time);
  const zone = openZone(time_zone);
  const local = (reading: number): number =>
    cronInstant(reading, zone.spans(Math.min(now, reading) - 2 * dayMs, Math.max(now, reading) + 2 * dayMs));
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) {
    const offset = zone.spans(now, now + 1000)[0]?.offset ?? 0;
    const today = Math.floor((now + offset) / dayMs) * dayMs;
    const reading = today + Number(text.slice(0, 2)) * 60 * minuteMs + Number(text.slice(3)) * minuteMs;
    return new Date(local(reading) > now ? local(reading) : local(reading + dayMs)).toISOString();
  }
  const written = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const at =
    written === null
      ? Number.NaN
      : Date.parse(text.replace(' ', 'T') + (written[2] === undefined ? 'Z' : ''));
  if (Number.isNaN(at)) throw new UsageError('--until is a time such as 18:00 or 2026-03-02T18:00');
  return new Date(written?.[2] === undefined ? local(at) : at).toISOString();
}
