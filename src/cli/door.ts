import type { z } from 'zod';
import { doorModes } from '../core/timetable.ts';
import type { door, system } from '../schema/api/system.ts';
import { daemonOptions, daemonUsage, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { named } from './listed-objects.ts';
import { nextReading, type SiteNow, writtenTime } from './site-time.ts';

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
    const untilIn = values.until === undefined ? null : untilOf(values.until);
    const client = await daemon(values, io.env);
    const { items } = await client.get<{ items: Door[] }>('/v1/doors');
    const { id } = named(items, 'door', name);
    const site = await client.get<z.infer<typeof system>>('/v1/system');
    const until = untilIn === null ? null : new Date(untilIn(site)).toISOString();
    const body = { mode: mode === 'timetable' ? null : mode, until };
    const set = await client.post(`/v1/doors/${id}/mode`, body);
    if (values.json) io.out(`${JSON.stringify(set, null, 2)}\n`);
    return 0;
  },
};

/** `HH:MM` is the next one. */
function untilOf(text: string): (site: SiteNow) => number {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) return (site) => nextReading(text, site);
  const at = writtenTime(text);
  if (at === null) throw new UsageError('--until is a time such as 18:00 or 2026-03-02T18:00');
  return at;
}
