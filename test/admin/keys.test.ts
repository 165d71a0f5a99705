import { describe, expect, test } from 'vitest';
import { resources, write } from './resources.ts';

describe('API keys', () => {
  test('a token opens what its key may do, until the key is removed', async () => {
    const { keys } = await resources();
    const { object, token } = await keys.create(
      { name: 'portal', scopes: ['users:read', 'feed:read'] },
      write(),
    );
    expect(token.reveal()).toMatch(/^pstn_[\w-]{43}$/);
    expect(keys.authenticate(token.reveal())).toEqual({
      id: object.id,
      name: 'portal',
      scopes: new Set(['users:read', 'feed:read']),
    });
    for (const wrong of ['', 'pstn_', `${token.reveal()}x`, token.reveal().slice(5), '__proto__']) {
      expect(keys.authenticate(wrong)).toBeNull();
    }
    await keys.remove(object.id, write());
    expect(keys.authenticate(token.reveal())).toBeNull();
    await expect(keys.remove(object.id, write())).rejects.toMatchObject({ code: 'not_found' });
  });

  test('nobody gives a key scopes of which he has none', async () => {
    const { keys } = await resources();
    await expect(
      keys.create({ name: 'more', scopes: ['keys:write', 'credentials:reveal'] }, write('keys:write')),
    ).rejects.toMatchObject({ code: 'forbidden', members: { required_scope: 'credentials:reveal' } });
    expect(keys.list()).toEqual([]);
  });

  test('the token is kept only as its hash, and neither list nor feed shows that', async () => {
    const { keys, store, database } = await resources();
    const { object, token } = await keys.create({ name: 'portal', scopes: ['users:read'] }, write());
    expect(keys.list()).toEqual([object]);
    const [entry] = await store.feed(0, 1);
    expect(entry).toMatchObject({ type: 'api_key.created', data: object });
    expect(Object.keys(object)).not.toContain('hash');
    for await (const [key, value] of database.iterator()) {
      expect(key + value).not.toContain(token.reveal().slice(5));
    }
  });

  test('no key is called as people at the controller itself are, whose name events bear', async () => {
    const { keys } = await resources();
    for (const name of ['local', 'local:ada', 'Local:root', ' local ']) {
      await expect(keys.create({ name, scopes: ['users:read'] }, write())).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ pointer: '/name' }],
      });
    }
    expect((await keys.create({ name: 'locally', scopes: ['users:read'] }, write())).object.name).toBe(
      'locally',
    );
  });

  test('a dry run makes no key', async () => {
    const { keys } = await resources();
    const { token } = await keys.create(
      { name: 'portal', scopes: ['users:read'] },
      { ...write(), dry_run: true },
    );
    expect([keys.list(), keys.authenticate(token.reveal())]).toEqual([[], null]);
  });
});
