import type { z } from 'zod';
import type { clock } from '../schema/api/clock.ts';
import type { system } from '../schema/api/system.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { clockPicture } from './clock-picture.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { siteTime } from './site-time.ts';

export const command: Command = {
  name: 'clock',
  summary: 'whether the wall clock is believed; reset: it is right as it reads now',
  usage: `postern clock [--json]
postern clock reset

  reset           when you have set the clock, or it was wrong for a while and is right now:
                  forgets the highest time known to be past, by which ends of validity are judged
${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, daemonOptions);
    const [action, ...rest] = positionals;
    noMore(rest);
    if (action !== undefined && action !== 'reset') throw new UsageError('say clock, or clock reset');
    const client = await daemon(values, io.env);
    const reset =
      action === 'reset'
        ? await client.post<z.infer<typeof clock>>('/v1/system/clock/reset', undefined)
        : null;
    const site = await client.get<z.infer<typeof system>>('/v1/system');
    const shown = reset ?? site.clock;
    if (values.json) io.out(`${JSON.stringify({ time: site.time, clock: shown }, null, 2)}\n`);
    else io.out(siteTime(site.time_zone).in(clockPicture({ ...site, clock: shown })));
    return 0;
  },
};
