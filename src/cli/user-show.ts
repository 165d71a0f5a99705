import { AppError } from '../core/error.ts';
import type { EffectiveAccess } from '../schema/api/effective-access.ts';
import type { ConfirmationView, HolderView } from '../schema/confirmation.ts';
import type { Credential, User } from '../schema/record.ts';
import type { AdminClient } from './admin-client.ts';
import type { CommandIo } from './command.ts';
import { confirmationsOf, markOf, whyOf } from './holder-names.ts';
import { listed, named } from './listed-objects.ts';
import { siteTimeOf } from './site-time.ts';
import { printable, textTable } from './text-table.ts';

interface Named {
  id: string;
  name: string;
}

/** One person: where the ways lead, which credentials there are, and where each has arrived. Values are not asked for. */
export async function showUser(client: AdminClient, name: string, json: boolean, io: CommandIo) {
  const user = await userNamed(client, name);
  const [{ items: access }, credentials, rows] = await Promise.all([
    client.get<{ items: EffectiveAccess[] }>(`/v1/users/${user.id}/effective_access`),
    listed<Credential>(client, '/v1/credentials', { user_id: user.id }),
    confirmationsOf(client, { user_id: user.id }),
  ]);
  if (json) {
    const all = { user, effective_access: access, credentials, confirmations: rows };
    io.out(`${JSON.stringify(all, null, 2)}\n`);
    return 0;
  }
  const [nameOf, clock] = await Promise.all([namesOf(client), siteTimeOf(client)]);
  io.out(`${clock.in(headOf(user))}\n\n`);
  io.out(
    textTable(
      ['DOOR', 'BY', 'SCHEDULE', 'FROM', 'UNTIL'],
      clock.rows(
        access.flatMap(({ door_id, sources }) =>
          sources.map(({ door_group_id, schedule_id, valid_from, valid_until }) => [
            nameOf(door_id),
            door_group_id === null ? 'this door' : nameOf(door_group_id),
            schedule_id === null ? 'always' : nameOf(schedule_id),
            valid_from ?? '-',
            valid_until ?? '-',
          ]),
        ),
      ),
    ),
  );
  io.out('\n');
  io.out(
    textTable(
      ['CREDENTIAL', 'STATE', 'UNTIL', 'AT', 'SLOT', 'MARK', 'WHY'],
      clock.rows(credentials.flatMap((credential) => credentialLines(credential, rows, nameOf))),
    ),
  );
  io.out(clock.note());
  return 0;
}

/** One line per device that has to do with it; one line for one that is nowhere. */
function credentialLines(
  { id, kind, state, blocked, valid_until }: Credential,
  rows: readonly ConfirmationView[],
  nameOf: (id: string) => string,
): string[][] {
  const what = [kind, blocked ? 'blocked' : state, valid_until ?? '-'];
  const mine = rows.filter(({ credential_id }) => credential_id === id);
  if (mine.length === 0) return [[...what, '-', '-', '-', '']];
  return mine.map((row) => [
    ...what,
    nameOf(row.holder_id),
    row.slot === null ? '-' : String(row.slot),
    markOf(row),
    whyOf(row),
  ]);
}

async function userNamed(client: AdminClient, name: string): Promise<User> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name);
  if (isId) return client.get<User>(`/v1/users/${name.toLowerCase()}`);
  const found = await listed<User>(client, '/v1/users', { q: name });
  if (found.length === 0) {
    throw new AppError('not_found', 'nobody has this name; postern users --q finds a part of one');
  }
  const people = found.map((user) => ({ ...user, name: fullName(user) }));
  return named(people, 'person', name);
}

const fullName = ({ first_name, last_name }: User): string => `${first_name} ${last_name}`.trim();

function headOf(user: User): string {
  const { id, kind, suspended, valid_from, valid_until } = user;
  const span = `${valid_from === null ? '' : `, from ${valid_from}`}${valid_until === null ? '' : `, until ${valid_until}`}`;
  return `${printable(fullName(user))} (${kind}), ${suspended ? 'SUSPENDED' : 'active'}${span}  ${id}`;
}

/** Names of doors, door groups, schedules and devices; an id that has none stands for itself. */
async function namesOf(client: AdminClient): Promise<(id: string) => string> {
  const lists = await Promise.all([
    client.get<{ items: Named[] }>('/v1/doors'),
    client.get<{ items: HolderView[] }>('/v1/holders'),
    listed<Named>(client, '/v1/door_groups').then((items) => ({ items })),
    listed<Named>(client, '/v1/schedules').then((items) => ({ items })),
  ]);
  const names = new Map(
    lists.flatMap(({ items }) => items.map(({ id, name }): [string, string] => [id, name])),
  );
  return (id) => names.get(id) ?? id;
}
