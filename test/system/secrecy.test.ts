import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { fileBytes } from '../../src/store/backup/backup-file.ts';
import { openBackup } from '../../src/store/backup/content.ts';
import { openLevel } from '../../src/store/open-level.ts';
import { eachEntry } from '../contract/store.ts';
import { secretForms } from '../support/secret-forms.ts';
import { until } from './deadline.ts';
import { startRig } from './rig.ts';

const digits = (count: number): string => Array.from({ length: count }, () => String(randomInt(10))).join('');
/** Facility and number are long enough not to be part of a time or an id. */
const card = (): string => `${randomInt(200, 256)}:${randomInt(10_000, 65_536)}`;

/** Files below a directory whose content others than its user can get at, and what they could put files into. */
function openToOthers(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if ((statSync(path).mode & 0o077) === 0) return [];
    return entry.isDirectory() ? [path, ...openToOthers(path)] : [path];
  });
}

test('after all that people, portals and their mistakes do, no PIN, card, token or key lies anywhere', async () => {
  const rig = await startRig();
  appendFileSync(join(rig.directory, 'site.toml'), '\n[log]\nlevel = "debug"\n');
  const told: string[] = [];
  const secrets = new Set<string>();
  const secret = (value: string): string => {
    secrets.add(value);
    return value;
  };
  try {
    // The worst an operator's shell can do: whatever is readable all the same, the daemon has made so.
    const mask = process.umask(0);
    await rig.start();
    process.umask(mask);
    const { token } = await rig.admin.post<{ token: string }>('/v1/keys', {
      name: 'portal',
      scopes: [
        'users:read',
        'users:write',
        'credentials:read',
        'credentials:write',
        'access:write',
        'doors:read',
        'doors:try',
        'doors:mode',
        'keys:write',
        'webhooks:write',
        'feed:read',
        'imports:write',
        'system:read',
      ],
    });
    secret(token);
    secret(token.slice('pstn_'.length));
    secret(readFileSync(join(rig.directory, 'site.key'), 'utf8').trim());
    const ask = async (
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ) => {
      const answer = await fetch(`${rig.api}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      told.push(JSON.stringify([...answer.headers]), await answer.text());
      return answer.status;
    };
    /** Of a call whose answer shows a secret: that, and what the same call says when it is repeated. */
    const shownOnce = async (path: string, body: object, member: 'token' | 'secret') => {
      const call = () =>
        fetch(`${rig.api}${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            'idempotency-key': `once-${path}`,
          },
          body: JSON.stringify(body),
        });
      const { [member]: shown, id } = (await (await call()).json()) as Record<string, unknown>;
      secret(String(shown).replace(/^[a-z]+_/, ''));
      const again = await (await call()).text();
      expect(JSON.parse(again)[member]).toBeNull();
      told.push(again);
      return String(id);
    };

    // People with credentials, written, written again, taken away; most of them never come.
    const pins = Array.from({ length: 20 }, () => secret(digits(10)));
    const cards = Array.from({ length: 20 }, () => secret(card()));
    const user_id = await rig.person('Lovelace', [
      ...pins.map((value) => ({ kind: 'pin', value })),
      ...cards.map((value) => ({ kind: 'card', value })),
    ]);
    const other = await rig.person('Babbage', []);
    const [pin = '', ...morePins] = pins;
    const [first = ''] = cards;

    // At the door: granted, refused, wrong, too long, half typed.
    for (const [keys, presented] of [
      [pin, first],
      [morePins[0] ?? '', cards[1] ?? ''],
      [secret(digits(9)), secret(card())],
    ] as const) {
      const before = (await rig.feed()).length;
      await rig.act({ do: 'card', reader: 'front', card: presented });
      await rig.act({ do: 'keys', reader: 'front', keys: `${keys}#` });
      await until('both are decided', async () => {
        const since = (await rig.feed()).slice(before);
        return since.filter(({ type }) => /^access\.(granted|refused)$/.test(type)).length === 2;
      });
    }
    await rig.act({ do: 'keys', reader: 'back', keys: `${secret(digits(10))}${secret(digits(10))}#` });
    await rig.act({ do: 'keys', reader: 'back', keys: secret(digits(8)) });

    // Over the API: good, in use, malformed, in the wrong place, dry, imported, tried, with a wrong token.
    const statuses = [
      await ask(
        'POST',
        '/v1/credentials',
        { user_id, kind: 'pin', value: secret(digits(10)) },
        { 'idempotency-key': 'a' },
      ),
      await ask('POST', '/v1/credentials', { user_id: other, kind: 'pin', value: pin }),
      await ask('POST', '/v1/credentials', { user_id: other, kind: 'card', value: first }),
      await ask('POST', '/v1/credentials', { user_id, kind: 'pin', value: Number(secret(`9${digits(9)}`)) }),
      await ask('POST', '/v1/credentials', { user_id, kind: 'pin', value: secret(digits(11)) }),
      await ask('POST', '/v1/credentials', { user_id, kind: 'pin', pin: secret(digits(10)) }),
      await ask('POST', '/v1/credentials', { user_id, kind: 'card', value: `999:${secret(digits(10))}` }),
      await ask('POST', '/v1/credentials?dry_run=true', { user_id, kind: 'pin', value: secret(digits(10)) }),
      await ask('POST', '/v1/credentials', `{ "kind": "pin", "value": ${secret(digits(10))}x }`),
      await ask('POST', '/v1/users', { last_name: 'X', mobile: { pin: secret(digits(10)) } }),
      await ask('POST', '/v1/try', { reader_id: user_id, pin: secret(digits(10)) }),
      await ask('POST', '/v1/imports', {
        users: [
          {
            external_id: 'i',
            last_name: 'Imported',
            credentials: [{ kind: 'pin', value: secret(digits(10)) }],
          },
          {
            external_id: 'j',
            last_name: 'Clashes',
            credentials: [
              { kind: 'pin', value: pin },
              { kind: 'pin', value: secret(digits(3).padEnd(11, '7')) },
            ],
          },
        ],
      }),
      await ask('GET', '/v1/users', undefined, { authorization: `Bearer ${secret(`pstn_${digits(43)}`)}` }),
      await ask('GET', '/v1/users', undefined, { authorization: `Basic ${secret(digits(20))}` }),
      await ask('GET', `/v1/credentials?user_id=${user_id}`),
      await ask('GET', '/v1/users?limit=500'),
      await ask('GET', '/v1/doors'),
      await ask('GET', '/v1/system'),
    ];
    expect(new Set(statuses)).toEqual(new Set([200, 201, 202, 400, 401, 404, 409]));
    await shownOnce('/v1/keys', { name: 'second', scopes: ['users:read'] }, 'token');
    const hook = { url: 'http://127.0.0.1:9/', types: ['access.*'] };
    const webhook = await shownOnce('/v1/webhooks', hook, 'secret');
    await shownOnce(`/v1/webhooks/${webhook}/rotate`, {}, 'secret');
    await ask('POST', `/v1/webhooks/${webhook}/test`);
    const { items: doors } = await rig.admin.get<{ items: { id: string }[] }>('/v1/doors');
    expect(await ask('POST', `/v1/doors/${doors[1]?.id}/mode`, { mode: 'card_and_pin' })).toBe(200);
    await rig.act({ do: 'card', reader: 'back', card: first });
    await rig.act({ do: 'keys', reader: 'back', keys: `*${pin}#` });

    // A backup under words, and an admin process that ends: what both say, and what a backup holds.
    const words = secret(`${digits(6)} horses, ${digits(6)} batteries`);
    const file = join(rig.directory, 'state', 'all.backup');
    const backup = spawnSync(
      process.execPath,
      [join('dist', 'cli.js'), 'backup', file, '--config', join(rig.directory, 'site.toml')],
      { env: { ...process.env, POSTERN_BACKUP_PASSPHRASE: words }, encoding: 'utf8' },
    );
    expect([backup.status, backup.stderr]).toEqual([0, '']);
    told.push(backup.stdout);
    const opened: string[] = [];
    for await (const part of openBackup(fileBytes(file), {
      kind: 'passphrase',
      passphrase: new Secret(words),
    })) {
      if (part.is === 'entries') opened.push(...part.entries.flat());
    }
    expect(opened.length).toBeGreaterThan(100);
    told.push(opened.join('\n'));
    process.kill(rig.adminPid(), 'SIGTERM');
    await until('it has ended and is there again', async () =>
      (await rig.feed()).some(({ type }) => type === 'admin.restarted'),
    );
    await ask('GET', '/v1/system');
    const shown = await rig.admin.get<{ items: { id: string; kind: string }[] }>('/v1/credentials', {
      user_id,
    });
    for (const { id } of shown.items.slice(0, 3)) await rig.admin.delete(`/v1/credentials/${id}`);
    await until('the import is done', async () =>
      (await rig.feed()).some(({ data }) => data['last_name'] === 'Clashes'),
    );
    told.push(JSON.stringify(await rig.feed()));

    // Long enough for the sealed table, and then everything that is written at the end.
    await until('the sealed table is written', () =>
      readdirSync(join(rig.directory, 'state')).includes('table.sealed'),
    );
    await rig.stop();

    const state = join(rig.directory, 'state');
    expect(openToOthers(state)).toEqual([]);
    const files = readdirSync(state, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    // Table files are compressed: what is in them, too.
    const entries: string[] = [];
    const database = await openLevel(join(state, 'database'), systemClock());
    for await (const [key, value] of eachEntry(database)) entries.push(key, value);
    await database.close();
    const everything = Buffer.concat([...files, Buffer.from([rig.output(), ...told, ...entries].join('\n'))]);

    // What must be there shows that the search looked in the right places.
    for (const known of [user_id, 'Lovelace', 'in_use', 'answered']) {
      expect(everything.includes(known), known).toBe(true);
    }
    expect(files.length).toBeGreaterThan(4);
    const found = [...secrets].filter((value) =>
      secretForms(value).some((form) => everything.includes(form)),
    );
    expect(found).toEqual([]);
  } finally {
    await rig.close();
  }
}, 90_000);
