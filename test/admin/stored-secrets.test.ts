import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Store } from '../../src/schema/storage.ts';
import { openLevel } from '../../src/store/open-level.ts';
import { eachEntry } from '../contract/store.ts';
import { openStore } from '../support/open-store.ts';
import { secretForms } from '../support/secret-forms.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { card, countedRandom, person, pin, resources, write } from './resources.ts';

test('the search finds a value in each of the forms', () => {
  const secret = '8305917264';
  const around = `xy${secret}z`;
  const haystacks = ['x', 'xy', 'xyz', ''].map((before) => Buffer.from(before + around).toString('base64'));
  const packed = [Buffer.from(`ff${secret}`, 'hex'), Buffer.from(`00${'3850192746'}`, 'hex')];
  for (const haystack of [around, Buffer.from(around).toString('hex'), ...haystacks, ...packed]) {
    const bytes = Buffer.from(haystack);
    expect(secretForms(secret).some((form) => bytes.includes(form))).toBe(true);
  }
});

test('the database holds no PIN, card or token, in keys, values or files', async () => {
  const random = countedRandom();
  const digits = (count: number) => [...random(count)].map((byte) => byte % 10).join('');
  const directory = await mkdtemp(join(tmpdir(), 'postern-secrets-'));
  const database = await openLevel(join(directory, 'db'), virtualClock());
  const { users, credentials, keys, store } = await resources(() => database);
  const secrets: string[] = [];
  const { object: user } = await users.create(person(), write());
  const made: Promise<unknown>[] = [];
  for (let n = 0; n < 100; n++) {
    const number = `${n % 256}:${10_000 + n * 100}`;
    const code = digits(10);
    secrets.push(code, `h10301:${number}`);
    made.push(
      credentials.create(pin(user.id, code), write()),
      credentials.create(card(user.id, number), write()),
    );
  }
  await Promise.all(made);
  const all = [...credentials.list({ limit: 500, after: null }, { kind: 'pin' }).items];
  const code = digits(10);
  secrets.push(code);
  const replacement = pin(user.id, code).value;
  await credentials.update(all[0]?.id ?? '', { value: replacement }, write());
  await credentials.reveal(all[1]?.id ?? '', write().caller);
  await credentials.remove(all[2]?.id ?? '', write());
  const { token } = await keys.create({ name: 'portal', scopes: ['users:read'] }, write());
  secrets.push(token.reveal(), token.reveal().slice(5));

  let dump = '';
  for await (const [key, value] of eachEntry(database)) dump += `${key}\n${value}\n`;
  await (store satisfies Store).close();
  // Opened and closed once more, so that the log has gone into a table file.
  await (await openStore(await openLevel(join(directory, 'db'), virtualClock()), () => 'x')).close();
  for (const file of await readdir(join(directory, 'db'))) {
    dump += await readFile(join(directory, 'db', file), 'latin1');
  }
  await rm(directory, { recursive: true });
  expect(dump).toContain(user.id);
  const bytes = Buffer.from(dump, 'latin1');
  expect(secrets.filter((secret) => secretForms(secret).some((form) => bytes.includes(form))).length).toBe(0);
});
