import type { HolderView, SlotView } from '../schema/confirmation.ts';
import type { AdminClient } from './admin-client.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { eventNames } from './event-names.ts';
import { confirmationsOf, goneNote, holdersNamed, markOf } from './holder-names.ts';
import { siteTimeOf } from './site-time.ts';
import { printable, textTable } from './text-table.ts';

export const command: Command = {
  name: 'slots',
  summary: 'what the panel and the locks with a code table hold',
  usage: `postern slots [--holder NAME] [--all] [--json]
postern slots forget NAME

  --holder NAME   only this device
  --all           free slots too
  forget NAME     a device that has left the site file: what is known of it, and that its PINs are taken
${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...daemonOptions,
      holder: { type: 'string' },
      all: { type: 'boolean', default: false },
    });
    const [verb, name, ...more] = positionals;
    noMore(more);
    const client = await daemon(values, io.env);
    if (verb !== undefined) {
      if (verb !== 'forget' || name === undefined)
        throw new UsageError('say forget, and the name of a device');
      return forget(client, name, io);
    }
    const holders = (await holdersNamed(client, values.holder)).filter(({ kind }) => kind !== 'controller');
    const lists = await Promise.all(
      holders.map(async (holder) => ({ holder, slots: await slotsOf(client, holder, values.all) })),
    );
    if (values.json) {
      const told = lists.map(({ holder, slots }) => ({ ...holder, slots }));
      io.out(`${JSON.stringify(told, null, 2)}\n`);
      return 0;
    }
    if (holders.length === 0) {
      io.out('no device of this site keeps codes: every door goes by the table of Postern itself\n');
      return 0;
    }
    const [names, clock] = await Promise.all([eventNames(client), siteTimeOf(client)]);
    for (const { holder, slots } of lists) {
      const marks = new Map(
        (await confirmationsOf(client, { holder_id: holder.id })).map((row) => [row.id, row]),
      );
      await names.learn(
        slots.flatMap(({ user_id }) => (user_id === null ? [] : [{ kind: 'user', id: user_id }])),
      );
      io.out(`${printable(clock.in(headOf(holder)))}\n`);
      io.out(
        textTable(
          ['SLOT', 'STATE', 'PERSON', 'MARK', 'NOTES'],
          clock.rows(
            slots.map((slot) => {
              const row = marks.get(slot.confirmation_id ?? '');
              return [
                String(slot.slot),
                slot.state.replace('_', ' '),
                slot.user_id === null ? '-' : (names.of(slot.user_id) ?? slot.user_id),
                row === undefined ? '-' : markOf(row),
                notesOf(slot),
              ];
            }),
          ),
        ),
      );
    }
    io.out(clock.note());
    return 0;
  },
};

async function forget(client: AdminClient, name: string, io: CommandIo): Promise<number> {
  const found = await holdersNamed(client, name);
  const device = found.find(({ state }) => state === 'gone') ?? found[0];
  if (device === undefined) return 0;
  await client.delete(`/v1/holders/${device.id}`);
  const codes = device.stored === 1 ? 'one code' : `${device.stored} codes`;
  io.out(`${name} is forgotten; ${codes} of Postern may still open it, if it still hangs anywhere\n`);
  return 0;
}

async function slotsOf(client: AdminClient, { id }: HolderView, all: boolean): Promise<SlotView[]> {
  const { items } = await client.get<{ items: SlotView[] }>(`/v1/holders/${id}/slots`);
  return items.filter(({ state }) => all || (state !== 'free' && state !== 'not_read'));
}

function headOf(holder: HolderView): string {
  const { name, model, capacity, reserved, used, state, misconfigured } = holder;
  if (state === 'gone') return `${name} (${model}), ${goneNote(holder)}`;
  const full = `${used} of ${(capacity ?? 0) - reserved} slots used`;
  const wrong = misconfigured === null ? '' : `, SET UP WRONGLY: ${misconfigured}`;
  return `${name} (${model}), ${state === 'online' ? state : state.toUpperCase()}, ${full}${wrong}`;
}

function notesOf({ changed_on_device, rests_until, proven, proven_at }: SlotView): string {
  return [
    changed_on_device ? 'CHANGED ON THE DEVICE' : '',
    rests_until === null ? '' : `rests until ${rests_until}`,
    proven === 'unreadable' && proven_at !== null ? 'not shown by the device' : '',
  ]
    .filter((note) => note !== '')
    .join(', ');
}
