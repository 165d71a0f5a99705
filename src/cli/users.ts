import type { User } from '../schema/record.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { siteTimeOf } from './site-time.ts';
import { textTable } from './text-table.ts';
import { showUser } from './user-show.ts';

const pageSize = 500;

export const command: Command = {
  name: 'users',
  summary: 'who is known here',
  usage: `postern users [--q TEXT] [--json]
postern users show NAME [--json]

  --q TEXT        only those with this in their name, e-mail address or number
  show NAME       one person, by first and last name or by id: doors, credentials, and where they have arrived
${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, { ...daemonOptions, q: { type: 'string' } });
    const [verb, name, ...more] = positionals;
    noMore(more);
    if (verb !== undefined && (verb !== 'show' || name === undefined)) {
      throw new UsageError('say show, and a name or id');
    }
    const client = await daemon(values, io.env);
    if (name !== undefined) return showUser(client, name, values.json, io);
    const users: User[] = [];
    let after: string | undefined;
    do {
      const page: { items: User[]; next_cursor: string | null } = await client.get('/v1/users', {
        limit: pageSize,
        after,
        q: values.q,
      });
      users.push(...page.items);
      after = page.next_cursor ?? undefined;
    } while (after !== undefined);
    if (values.json) io.out(`${JSON.stringify(users, null, 2)}\n`);
    else {
      const clock = await siteTimeOf(client);
      const head = ['NAME', 'KIND', 'STATE', 'VALID UNTIL', 'EXTERNAL ID', 'ID'];
      io.out(textTable(head, clock.rows(users.map(line))) + clock.note());
    }
    return 0;
  },
};

const line = (user: User): string[] => [
  `${user.first_name} ${user.last_name}`.trim(),
  user.kind,
  user.suspended ? 'suspended' : 'active',
  user.valid_until ?? '-',
  user.external_id ?? '-',
  user.id,
];
