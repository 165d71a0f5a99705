import type { z } from 'zod';
import { nearestName } from '../core/nearest-name.ts';
import type { keyCreated } from '../schema/api/key.ts';
import { type ApiKey, scopes } from '../schema/record.ts';
import type { AdminClient } from './admin-client.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { named } from './listed-objects.ts';
import { siteTimeOf } from './site-time.ts';
import { textTable } from './text-table.ts';

export const command: Command = {
  name: 'key',
  summary: 'API keys: create, list, remove',
  usage: `postern key create --name NAME --scopes SCOPES
postern key list
postern key remove NAME

  --name NAME     who will use it
  --scopes SCOPES what it may do, separated by commas, or all:
${scopeLines()}  NAME            the key to remove, by its name, or by its id where several have that name
${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...daemonOptions,
      name: { type: 'string' },
      scopes: { type: 'string' },
    });
    const [action, name, ...rest] = positionals;
    noMore(action === 'remove' ? rest : positionals.slice(1));
    const body = action === 'create' ? fields(values.name, values.scopes) : null;
    if (action === 'remove' && name === undefined) throw new UsageError('key remove needs the name of a key');
    const client = await daemon(values, io.env);
    switch (action) {
      case 'create': {
        const created = await client.post<z.infer<typeof keyCreated>>('/v1/keys', body);
        if (values.json) io.out(`${JSON.stringify(created, null, 2)}\n`);
        else {
          io.out(`${created.token}\n`);
          io.err(
            `key ${created.id} is made. The token above is shown this once: keep it where secrets are kept.\n`,
          );
        }
        return 0;
      }
      case 'list': {
        const items = await keysOf(client);
        if (values.json) io.out(`${JSON.stringify(items, null, 2)}\n`);
        else {
          const clock = await siteTimeOf(client);
          io.out(
            textTable(
              ['ID', 'NAME', 'MADE', 'SCOPES'],
              clock.rows(
                items.map((key) => [
                  key.id,
                  key.name,
                  key.created_at,
                  key.scopes.length === scopes.length ? 'all' : key.scopes.join(' '),
                ]),
              ),
            ),
          );
          io.out(clock.note());
        }
        return 0;
      }
      case 'remove':
        await client.delete(`/v1/keys/${named(await keysOf(client), 'key', name).id}`);
        return 0;
      default:
        throw new UsageError('say create, list or remove');
    }
  },
};

const keysOf = async (client: AdminClient): Promise<ApiKey[]> =>
  (await client.get<{ items: ApiKey[] }>('/v1/keys')).items;

/** All scopes, five a line. */
function scopeLines(): string {
  const rows = scopes.flatMap((_, at) => (at % 5 === 0 ? [scopes.slice(at, at + 5).join(', ')] : []));
  return `${rows.map((row) => `                  ${row}`).join(',\n')}\n`;
}

function fields(name: string | undefined, wanted: string | undefined): { name: string; scopes: string[] } {
  if (name === undefined) throw new UsageError('--name is missing');
  if (wanted === undefined) throw new UsageError('--scopes is missing');
  if (wanted === 'all') return { name, scopes: [...scopes] };
  const given = wanted.split(',').map((scope) => scope.trim());
  const known: readonly string[] = scopes;
  for (const scope of given) {
    if (known.includes(scope)) continue;
    const near = nearestName(scope, known);
    throw new UsageError(
      `--scopes holds a word that is no scope${near === null ? '' : `; did you mean ${near}?`}`,
    );
  }
  return { name, scopes: given };
}
