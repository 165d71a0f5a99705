import type { StorageDamage } from '../schema/storage-damage.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';

export const command: Command = {
  name: 'store',
  summary: 'go on with what is left of a damaged database',
  usage: `postern store accept [--json]

  accept          makes a new database of all that can still be read; the damaged one is kept beside it.
                  What is missing is lost then: postern check --store lists it first.
                  Portals are told to read their lists again, and devices are looked at before anything
                  is written to them.
${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, daemonOptions);
    const [action, ...rest] = positionals;
    noMore(rest);
    if (action !== 'accept') throw new UsageError('say store accept');
    const client = await daemon(values, io.env);
    const given = await client.post<StorageDamage>('/v1/database/accept', undefined);
    if (values.json) io.out(`${JSON.stringify(given, null, 2)}\n`);
    else {
      const lost = given.kinds.map(({ kind, should, found }) => `${should - found} of ${should} ${kind}`);
      io.out(
        `accepted${lost.length === 0 ? '' : `; given up: ${lost.join(', ')}`}. The admin process starts again with it.\n`,
      );
    }
    return 0;
  },
};
