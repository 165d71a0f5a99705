import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { card, panelCode, person, pin, resources, write } from './resources.ts';

async function withTwoUsers() {
  const all = await resources();
  const { object: ada } = await all.users.create(person({ external_id: 'ada' }), write());
  const { object: bob } = await all.users.create(person({ first_name: 'Bob', last_name: 'Hope' }), write());
  return { ...all, ada, bob };
}

describe('credentials', () => {
  test('a PIN in use anywhere, in whatever state, is refused and names its holder to who may know', async () => {
    const { credentials, users, ada, bob } = await withTwoUsers();
    const { object: held } = await credentials.create(
      pin(ada.id, '4711', { valid_until: '2020-01-01T00:00:00Z', state: 'draft' }),
      write(),
    );
    await users.setSuspended(ada.id, true, write());
    await credentials.setBlocked(held.id, true, write());
    await expect(credentials.create(pin(bob.id, '4711'), write())).rejects.toMatchObject({
      code: 'pin_in_use',
      members: {
        conflict: { user_id: ada.id, external_id: 'ada', full_name: 'Ada Lovelace', credential_id: held.id },
        resolution: [{ method: 'POST', href: '/v1/access', body: { user_id: ada.id, target: null } }],
      },
    });
    await expect(credentials.create(pin(bob.id, '4711'), write('credentials:write'))).rejects.toMatchObject({
      code: 'pin_in_use',
      members: {},
    });
    const { object: other } = await credentials.create(pin(bob.id, '1234'), write());
    await expect(credentials.update(other.id, { value: new Secret('4711') }, write())).rejects.toMatchObject({
      code: 'pin_in_use',
    });
  });

  test('a code that the panel has of its own is nobody’s PIN, and is not said', async () => {
    const { credentials, ada } = await withTwoUsers();
    await expect(credentials.create(pin(ada.id, panelCode), write())).rejects.toMatchObject({
      code: 'pin_in_use',
      message: expect.not.stringContaining(panelCode),
      members: {},
    });
    const { object } = await credentials.create(pin(ada.id, '4711'), write());
    await expect(
      credentials.update(object.id, { value: new Secret(panelCode) }, write()),
    ).rejects.toMatchObject({ code: 'pin_in_use' });
  });

  test('of two writers of one PIN at the same time one wins', async () => {
    const { credentials, ada, bob } = await withTwoUsers();
    const outcomes = await Promise.allSettled(
      [ada, bob].map(({ id }) => credentials.create(pin(id, '4711'), write())),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  test('the same PIN for the same user again is the same credential', async () => {
    const { credentials, store, ada } = await withTwoUsers();
    const first = await credentials.create(pin(ada.id, '4711'), write());
    const revision = store.revision();
    expect(await credentials.create(pin(ada.id, '4711'), write())).toEqual({ ...first, created: false });
    expect(store.revision()).toBe(revision);
  });

  test('a card is the same however it is written, and one with the digits of a PIN is another thing', async () => {
    const { credentials, ada, bob } = await withTwoUsers();
    await credentials.create(card(ada.id, '12:3456'), write());
    await expect(
      credentials.create(card(bob.id, 'h10301:012:03456', { kind: 'fob' }), write()),
    ).rejects.toMatchObject({ code: 'card_in_use' });
  });

  test('values are checked by kind, and no refusal repeats them', async () => {
    const { credentials, ada } = await withTwoUsers();
    const rows: [ReturnType<typeof pin>, RegExp][] = [
      [pin(ada.id, '98765abc'), /digits only/],
      [pin(ada.id, '987'), /4 to 10 digits/],
      [card(ada.id, '98765'), /FACILITY:NUMBER/],
      [card(ada.id, '98765:1'), /facility code/],
      [card(ada.id, '__proto__:1:98765'), /unknown card format/],
    ];
    for (const [fields, why] of rows) {
      const error: unknown = await credentials.create(fields, write()).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'invalid_input', errors: [{ pointer: '/value' }] });
      expect(inspect(error)).toMatch(why);
      expect(inspect(error)).not.toContain('987');
    }
  });

  test('a number of uses set anew is a new allowance; a state given again is not', async () => {
    const { credentials, directory, ada } = await withTwoUsers();
    const fields = pin(ada.id, '4711', { uses_left: 5 });
    const { object } = await credentials.replace('c', fields, write());
    const stored = () => directory.credentials.get(object.id);
    expect(stored()?.uses).toEqual({ max: 5, used: 0, generation: 1 });

    const before = stored();
    if (before === undefined) throw new Error('it was stored');
    const used = { ...before, revision: 2, uses: { max: 5, used: 2, generation: 1 } };
    await directory.commit({
      changes: [{ kind: 'credential', id: object.id, before, after: used }],
      feed: [],
    });
    expect(credentials.get(object.id).uses_left).toBe(3);

    await credentials.replace('c', fields, write());
    await credentials.update(object.id, { duress: true }, write());
    expect(stored()?.uses).toEqual(used.uses);

    const fewer = await credentials.update(object.id, { uses_left: 1 }, write());
    expect([fewer.object.uses_left, fewer.applied]).toEqual([1, true]);
    expect(stored()?.uses?.generation).toBeGreaterThan(1);
    const generation = stored()?.uses?.generation ?? 0;
    await credentials.update(object.id, { uses_left: null }, write());
    await credentials.update(object.id, { uses_left: 1 }, write());
    expect(stored()?.uses?.generation).toBeGreaterThan(generation);
  });

  test('a value can be changed, frees the old one, and waits for the doors', async () => {
    const { credentials, ada, bob } = await withTwoUsers();
    const { object } = await credentials.create(pin(ada.id, '4711'), write());
    const changed = await credentials.update(object.id, { value: new Secret('0815') }, write());
    expect(changed).toMatchObject({ applied: true, object: { id: object.id, revision: 2 } });
    expect((await credentials.reveal(object.id, write().caller)).reveal()).toBe('0815');
    expect((await credentials.create(pin(bob.id, '4711'), write())).created).toBe(true);
    const same = await credentials.update(object.id, { value: new Secret('0815') }, write());
    expect(same.object.revision).toBe(2);
  });

  test('a credential stays with its user and of its kind', async () => {
    const { credentials, ada, bob } = await withTwoUsers();
    const { object } = await credentials.create(card(ada.id, '12:3456'), write());
    await expect(credentials.update(object.id, { user_id: bob.id }, write())).rejects.toMatchObject({
      errors: [{ pointer: '/user_id' }],
    });
    await expect(credentials.update(object.id, { kind: 'fob' }, write())).rejects.toMatchObject({
      errors: [{ pointer: '/kind' }],
    });
    await expect(
      credentials.create(card('00000000-0000-7000-8000-000000000000', '1:1'), write()),
    ).rejects.toMatchObject({ errors: [{ pointer: '/user_id' }] });
  });

  test('blocking waits for the doors', async () => {
    const { credentials, ada } = await withTwoUsers();
    const { object } = await credentials.create(card(ada.id, '12:3456'), write());
    expect(await credentials.setBlocked(object.id, true, write())).toMatchObject({
      applied: true,
      object: { blocked: true },
    });
    expect((await credentials.setBlocked(object.id, false, write())).applied).toBeNull();
  });

  test('showing a value needs the scope for it and is told in the feed; nothing else shows it', async () => {
    const { credentials, store, ada } = await withTwoUsers();
    const { object } = await credentials.create(card(ada.id, '12:3456'), write());
    await expect(credentials.reveal(object.id, write('credentials:read').caller)).rejects.toMatchObject({
      code: 'forbidden',
      members: { required_scope: 'credentials:reveal' },
    });
    expect((await credentials.reveal(object.id, write('credentials:reveal').caller)).reveal()).toBe(
      'h10301:12:3456',
    );
    expect((await store.feed(0, 10)).at(-1)).toMatchObject({
      type: 'credential.revealed',
      resource: `credential/${object.id}`,
      data: { by: 'portal' },
    });
    expect(Object.keys(object).filter((name) => /value|key|sealed|uses$/.test(name))).toEqual([]);
  });

  test('lists can be narrowed to a user, a kind, an external id', async () => {
    const { credentials, ada, bob } = await withTwoUsers();
    await credentials.create(card(ada.id, '12:1'), write());
    await credentials.create(pin(ada.id, '4711', { external_id: 'x' }), write());
    await credentials.create(pin(bob.id, '0815'), write());
    const count = (filter: object) => credentials.list({ limit: 10, after: null }, filter).items.length;
    expect([{}, { user_id: ada.id }, { kind: 'pin' }, { user_id: ada.id, kind: 'pin' }].map(count)).toEqual([
      3, 2, 2, 1,
    ]);
    expect(
      [{ external_id: 'x' }, { external_id: 'y' }, { external_id: 'x', kind: 'card' }].map(count),
    ).toEqual([1, 0, 0]);
  });

  test('a credential stored without an external id takes the one under which its value is given again', async () => {
    const { credentials, ada, bob } = await withTwoUsers();
    const { object } = await credentials.create(pin(ada.id, '4711'), write());
    const named = await credentials.replace('c1', pin(ada.id, '4711'), write());
    expect(named).toMatchObject({ created: false, object: { id: object.id, external_id: 'c1' } });
    await expect(credentials.replace('c2', pin(bob.id, '4711'), write())).rejects.toMatchObject({
      code: 'pin_in_use',
    });
  });
});
