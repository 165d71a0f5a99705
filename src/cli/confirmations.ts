import type { ConfirmationView } from '../schema/confirmation.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { eventNames } from './event-names.ts';
import { confirmationsOf, holdersNamed, markOf, whyOf } from './holder-names.ts';
import { siteTimeOf } from './site-time.ts';
import { textTable } from './text-table.ts';

export const command: Command = {
  name: 'confirmations',
  summary: 'which codes have arrived at which device',
  usage: `postern confirmations [--state STATE] [--holder NAME] [--all] [--json]
postern confirmations retry ID
postern confirmations cancel ID

  --state STATE   only these: pending, confirmed, failed, removing
  --holder NAME   only those at this device
  --all           what the controller's own table has confirmed too
${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...daemonOptions,
      state: { type: 'string' },
      holder: { type: 'string' },
      all: { type: 'boolean', default: false },
    });
    const client = await daemon(values, io.env);
    const [verb, id, ...more] = positionals;
    noMore(more);
    if (verb !== undefined) {
      if ((verb !== 'retry' && verb !== 'cancel') || id === undefined) {
        throw new UsageError('say retry or cancel, and the id that postern confirmations shows');
      }
      const row = await client.post<ConfirmationView>(
        `/v1/confirmations/${encodeURIComponent(id)}/${verb}`,
        undefined,
      );
      io.out(values.json ? `${JSON.stringify(row, null, 2)}\n` : `${markOf(row)}: ${whyOf(row)}\n`);
      return 0;
    }
    const holders = await holdersNamed(client, values.holder);
    const holder_id = values.holder === undefined ? undefined : holders[0]?.id;
    const found = await confirmationsOf(client, { state: values.state, holder_id });
    const local = new Set(holders.filter(({ kind }) => kind === 'controller').map((one) => one.id));
    const rows = found.filter(
      (row) =>
        values.all || values.state !== undefined || row.state !== 'confirmed' || !local.has(row.holder_id),
    );
    if (values.json) {
      io.out(`${JSON.stringify(rows, null, 2)}\n`);
      return 0;
    }
    const [names, clock] = await Promise.all([eventNames(client), siteTimeOf(client)]);
    await names.learn(rows.map(({ user_id }) => ({ kind: 'user', id: user_id })));
    const nameOf = new Map(holders.map((one) => [one.id, one.name]));
    io.out(
      textTable(
        ['HOLDER', 'SLOT', 'PERSON', 'MARK', 'WHY', 'NEXT ATTEMPT', 'ID'],
        clock.rows(
          rows.map((row) => [
            nameOf.get(row.holder_id) ?? row.holder_id,
            row.slot === null ? '-' : String(row.slot),
            names.of(row.user_id) ?? row.user_id,
            markOf(row),
            whyOf(row),
            row.next_attempt_at ?? '-',
            row.id,
          ]),
        ),
      ),
    );
    io.out(clock.note());
    return 0;
  },
};
