import type { z } from 'zod';
import type { decision } from '../schema/api/decision.ts';
import type { reader } from '../schema/api/system.ts';
import type { User } from '../schema/record.ts';
import type { SystemInfo } from '../schema/system-info.ts';
import type { AdminClient } from './admin-client.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { named } from './listed-objects.ts';
import { type SiteNow, writtenTime } from './site-time.ts';
import { printable } from './text-table.ts';

/** Exit code when the answer is no: not an error of the command, but not 0 either, for scripts. */
const refusedExit = 8;

export const command: Command = {
  name: 'try',
  summary: 'what a card or PIN would do at a reader, and why',
  usage: `postern try --reader NAME --pin PIN [--at TIME | --open]
postern try --reader NAME --card FACILITY:NUMBER [--at TIME | --open]

  --reader NAME   the reader, as the site file names it
  --pin PIN       its digits
  --card CARD     FACILITY:NUMBER (26 bit), FORMAT:FACILITY:NUMBER, FORMAT:NUMBER or uid:HEX
  --at TIME       decide as at this time: 2026-03-02T18:00 (by the clock of the site) or with an offset, 2026-03-02T18:00Z
  --open          really present it: the door opens if it may
${daemonUsage}
Exit code 0: granted, ${refusedExit}: refused.
`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...daemonOptions,
      reader: { type: 'string' },
      pin: { type: 'string' },
      card: { type: 'string' },
      at: { type: 'string' },
      open: { type: 'boolean', default: false },
    });
    noMore(positionals);
    if (values.reader === undefined) throw new UsageError('--reader is missing');
    if ((values.pin === undefined) === (values.card === undefined)) {
      throw new UsageError('one of --pin and --card is needed');
    }
    if (values.at !== undefined && values.open) throw new UsageError('--at and --open do not go together');
    const at = values.at === undefined ? null : atOf(values.at);
    const client = await daemon(values, io.env);
    const { items } = await client.get<{ items: z.infer<typeof reader>[] }>('/v1/readers');
    const answer = await client.post<z.infer<typeof decision>>('/v1/try', {
      reader_id: named(items, 'reader', values.reader).id,
      ...(values.pin === undefined ? {} : { pin: values.pin }),
      ...(values.card === undefined ? {} : { card: values.card }),
      ...(at === null ? {} : { at: new Date(at(await client.get<SystemInfo>('/v1/system'))).toISOString() }),
      open: values.open,
    });
    if (values.json) io.out(`${JSON.stringify(answer, null, 2)}\n`);
    else io.out(`${sentence(answer, await nameOf(client, answer.user_id))}\n`);
    return answer.granted ? 0 : refusedExit;
  },
};

function atOf(text: string): (site: SiteNow) => number {
  const at = writtenTime(text);
  if (at === null) throw new UsageError('--at is a time such as 2026-03-02T18:00');
  return at;
}

async function nameOf(client: AdminClient, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const { first_name, last_name } = await client.get<User>(`/v1/users/${id}`);
  return printable(`${first_name} ${last_name}`.trim());
}

function sentence(answer: z.infer<typeof decision>, who: string | null): string {
  const verdict = answer.granted ? 'granted' : `refused: ${answer.reason}`;
  const whose = who === null ? '' : `, ${who}, credential ${answer.credential_id}`;
  return `${verdict}${whose}${answer.duress ? ', under duress' : ''}`;
}
