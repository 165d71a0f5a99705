import type { z } from 'zod';
import { AppError } from '../core/error.ts';
import { nearestName } from '../core/nearest-name.ts';
import type { decision } from '../schema/api/decision.ts';
import type { reader } from '../schema/api/system.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';

/** Exit code when the answer is no: not an error of the command, but not 0 either, for scripts. */
const refusedExit = 8;

export const command: Command = {
  name: 'try',
  summary: 'what a card or PIN would do at a reader, and why',
  usage: `postern try --reader NAME --pin PIN [--at INSTANT | --open]
postern try --reader NAME --card FACILITY:NUMBER [--at INSTANT | --open]

  --reader NAME   the reader, as the site file names it
  --pin PIN       its digits
  --card CARD     FACILITY:NUMBER (26 bit), FORMAT:FACILITY:NUMBER, FORMAT:NUMBER or uid:HEX
  --at INSTANT    decide as at this instant, such as 2026-03-02T09:00:00Z
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
    const at = values.at === undefined ? undefined : instantOf(values.at);
    const client = await daemon(values, io.env);
    const { items } = await client.get<{ items: z.infer<typeof reader>[] }>('/v1/readers');
    const answer = await client.post<z.infer<typeof decision>>('/v1/try', {
      reader_id: readerNamed(items, values.reader).id,
      ...(values.pin === undefined ? {} : { pin: values.pin }),
      ...(values.card === undefined ? {} : { card: values.card }),
      ...(at === undefined ? {} : { at }),
      open: values.open,
    });
    if (values.json) io.out(`${JSON.stringify(answer, null, 2)}\n`);
    else io.out(sentence(answer));
    return answer.granted ? 0 : refusedExit;
  },
};

function instantOf(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new UsageError('--at is an instant such as 2026-03-02T09:00:00Z');
  return new Date(at).toISOString();
}

function readerNamed<T extends { name: string }>(readers: readonly T[], name: string): T {
  const found = readers.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = readers.map((one) => one.name);
  const near = nearestName(name, names);
  const hint = near === null ? `readers: ${names.join(', ') || 'none'}` : `did you mean ${near}?`;
  throw new AppError('not_found', `no reader of this site has this name; ${hint}`);
}

function sentence(answer: z.infer<typeof decision>): string {
  const who = answer.user_id === null ? '' : `, user ${answer.user_id}, credential ${answer.credential_id}`;
  const verdict = answer.granted ? 'granted' : `refused: ${answer.reason}`;
  return `${verdict}${who}${answer.duress ? ', under duress' : ''}\n`;
}
