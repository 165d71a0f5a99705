import { describe, expect, test } from 'vitest';
import { card, doors, person, pin, resources, way, write } from './resources.ts';

const id = '00000000-0000-7000-8000-000000000000';

describe('users', () => {
  test('an instant that UTC would put beyond the years of four digits is refused: nobody could send it back', async () => {
    const { users } = await resources();
    for (const [member, instant] of [
      ['valid_until', '9999-12-31T23:59:59-01:00'],
      ['valid_from', '0000-01-01T00:00:00+01:00'],
    ] as const) {
      await expect(users.create(person({ [member]: instant }), write())).rejects.toMatchObject({
        errors: [{ pointer: `/${member}` }],
      });
    }
    const { object } = await users.create(person({ valid_until: '9999-12-31T23:59:59Z' }), write());
    expect(object.valid_until).toBe('9999-12-31T23:59:59.000Z');
  });

  test('a guest has a start and an end, in this order, and they are kept in UTC', async () => {
    const { users } = await resources();
    const guest = person({ kind: 'guest', valid_from: '2026-03-02T10:00:00+01:00' });
    await expect(users.create(guest, write())).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer: '/valid_until', detail: 'a guest needs valid_from and valid_until' }],
    });
    await expect(
      users.create({ ...guest, valid_until: '2026-03-02T09:00:00Z' }, write()),
    ).rejects.toMatchObject({ errors: [{ pointer: '/valid_until' }] });
    const { object } = await users.create({ ...guest, valid_until: '2026-03-03T00:30:00+02:00' }, write());
    expect([object.valid_from, object.valid_until]).toEqual([
      '2026-03-02T09:00:00.000Z',
      '2026-03-02T22:30:00.000Z',
    ]);
  });

  test('faults name their place as JSON pointers, all at once', async () => {
    const { users } = await resources();
    await expect(
      users.create(person({ last_name: ' ', email: 'nobody', language: 'german!' }), write()),
    ).rejects.toMatchObject({
      errors: [{ pointer: '/last_name' }, { pointer: '/email' }, { pointer: '/language' }],
    });
  });

  test('an external id is unique, by create, update and replace alike', async () => {
    const { users } = await resources();
    const { object: first } = await users.create(person({ external_id: 'x' }), write());
    const { object: second } = await users.create(person({ external_id: 'y' }), write());
    const clash = { code: 'external_id_in_use', members: { conflict: { id: first.id } } };
    await expect(users.create(person({ external_id: 'x' }), write())).rejects.toMatchObject(clash);
    await expect(users.update(second.id, { external_id: 'x' }, write())).rejects.toMatchObject(clash);
    const replaced = await users.replace('x', person({ last_name: 'Byron' }), write());
    expect(replaced).toMatchObject({
      created: false,
      object: { id: first.id, last_name: 'Byron', revision: 2 },
    });
    expect((await users.replace('z', person(), write())).created).toBe(true);
    await expect(users.replace('z', person({ external_id: 'y' }), write())).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  test('names from the prototype chain are names like others', async () => {
    const { users } = await resources();
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(() => users.get(name)).toThrow('there is no user');
      expect(users.list({ limit: 10, after: null }, { external_id: name }).items).toEqual([]);
      const { object, created } = await users.replace(name, person({ last_name: name }), write());
      expect([created, object.external_id]).toEqual([true, name]);
      expect(users.list({ limit: 10, after: null }, { external_id: name }).items).toEqual([object]);
    }
    expect(users.list({ limit: 10, after: null }, {}).items).toHaveLength(4);
  });

  test('a write from an older revision is refused with the one there is', async () => {
    const { users } = await resources();
    const { object } = await users.create(person(), write());
    await users.update(object.id, { last_name: 'Byron' }, { ...write(), if_match: 1 });
    const stale = { ...write(), if_match: 1 };
    const mismatch = { code: 'revision_mismatch', members: { revision: 2 } };
    await expect(users.update(object.id, { last_name: 'King' }, stale)).rejects.toMatchObject(mismatch);
    await expect(users.remove(object.id, stale)).rejects.toMatchObject(mismatch);
    await expect(users.setSuspended(object.id, true, stale)).rejects.toMatchObject(mismatch);
    await expect(users.replace('new', person(), stale)).rejects.toMatchObject({
      members: { revision: null },
    });
    expect(users.get(object.id)).toMatchObject({ last_name: 'Byron', revision: 2 });
  });

  test('the same again writes nothing', async () => {
    const { users, store } = await resources();
    const { object } = await users.replace('x', person(), write());
    const revision = store.revision();
    const again = await users.replace('x', person(), write());
    expect(again).toMatchObject({ object, created: false, applied: null });
    expect(store.revision()).toBe(revision);
  });

  test('a dry run makes every check and no change', async () => {
    const { users, store } = await resources();
    const dry = { ...write(), dry_run: true };
    expect((await users.create(person({ last_name: 'Byron' }), dry)).object.last_name).toBe('Byron');
    await expect(users.create(person({ last_name: '' }), dry)).rejects.toMatchObject({
      code: 'invalid_input',
    });
    const { object } = await users.create(person(), write());
    await users.setSuspended(object.id, true, dry);
    await users.remove(object.id, dry);
    expect(users.get(object.id)).toEqual(object);
    expect(store.revision()).toBe(1);
  });

  test('what takes something away waits for the doors and says whether they follow; nothing else waits', async () => {
    const { users, waits, inForce } = await resources();
    const { object } = await users.create(person({ valid_until: '2026-06-01T00:00:00Z' }), write());
    const longer = await users.update(object.id, { valid_until: '2026-07-01T00:00:00Z' }, write());
    expect([longer.applied, waits]).toEqual([null, []]);
    const shorter = await users.update(object.id, { valid_until: '2026-05-01T00:00:00Z' }, write());
    expect([shorter.applied, waits]).toEqual([true, [{ revision: 3, ms: 1000 }]]);
    inForce.answer = false;
    expect((await users.setSuspended(object.id, true, write())).applied).toBe(false);
    inForce.answer = true;
    // Asked again, it writes nothing, but tells that the doors have followed meanwhile.
    expect(await users.setSuspended(object.id, true, write())).toMatchObject({
      applied: true,
      object: { revision: 4 },
    });
    expect((await users.setSuspended(object.id, false, write())).applied).toBeNull();
    expect((await users.remove(object.id, write())).applied).toBe(true);
  });

  test('with a user go the credentials and the access, in one commit', async () => {
    const { users, credentials, access, directory, store, feedTypes } = await resources();
    const { object } = await users.create(person(), write());
    await credentials.create(pin(object.id, '4711'), write());
    await access.create(way(object.id, { door_id: doors.front }), write());
    const revision = store.revision();
    await users.remove(object.id, write());
    expect(store.revision()).toBe(revision + 1);
    expect([directory.users.size, directory.credentials.size, directory.access.size]).toEqual([0, 0, 0]);
    expect((await feedTypes()).slice(3)).toEqual(['credential.deleted', 'access.deleted', 'user.deleted']);
    const other = await users.create(person(), write());
    expect((await credentials.create(pin(other.object.id, '4711'), write())).created).toBe(true);
  });

  test('each change is told in the feed with the object as it is shown, and a newer revision each time', async () => {
    const { users, credentials, store } = await resources();
    const { object: user } = await users.create(person(), write());
    const { object: made } = await credentials.create(card(user.id, '12:3456'), write());
    await credentials.remove(made.id, write());
    const [, created, deleted] = await store.feed(0, 10);
    expect(created).toMatchObject({
      type: 'credential.created',
      time: '2026-03-02T09:00:00.000Z',
      resource: `credential/${made.id}`,
      revision: 1,
      data: made,
    });
    expect(deleted).toMatchObject({ type: 'credential.deleted', revision: 2, data: made });
    expect(created?.id).not.toBe(deleted?.id);
  });

  test('lists go by id, page by page, without a gap or a repeat whatever is removed meanwhile', async () => {
    const { users, clock } = await resources();
    for (let n = 0; n < 7; n++) {
      clock.advance(1);
      await users.create(person({ last_name: `N${n}` }), write());
    }
    const first = users.list({ limit: 3, after: null }, {});
    expect(first.items.map(({ last_name }) => last_name)).toEqual(['N0', 'N1', 'N2']);
    expect(first.feed_cursor).toBe('cursor 7');
    await users.remove(first.next_cursor ?? '', write());
    const second = users.list({ limit: 3, after: first.next_cursor }, {});
    expect(second.items.map(({ last_name }) => last_name)).toEqual(['N3', 'N4', 'N5']);
    const third = users.list({ limit: 3, after: second.next_cursor }, {});
    expect([third.items.map(({ last_name }) => last_name), third.next_cursor]).toEqual([['N6'], null]);
    expect(users.list({ limit: 3, after: null }, { q: 'ada n5' }).items).toHaveLength(1);
    expect(() => users.list({ limit: 3, after: 'nonsense' }, {})).toThrow('no cursor of a list');
    expect(users.list({ limit: 6, after: null }, {}).next_cursor).toBeNull();
  });

  test('effective access is one row per door with all the ways in, without doors that are gone', async () => {
    const { users, access, groups } = await resources();
    const { object: user } = await users.create(person(), write());
    const { object: group } = await groups.create(
      { external_id: null, name: 'All', door_ids: [doors.front, doors.back] },
      write(),
    );
    const until = { valid_until: '2026-06-01T00:00:00.000Z' };
    const { object: direct } = await access.create(way(user.id, { door_id: doors.back }, until), write());
    const { object: grouped } = await access.create(way(user.id, { door_group_id: group.id }), write());
    const byGroup = {
      access_id: grouped.id,
      door_group_id: group.id,
      schedule_id: null,
      valid_from: null,
      valid_until: null,
    };
    const byDoor = {
      access_id: direct.id,
      door_group_id: null,
      schedule_id: null,
      valid_from: null,
      ...until,
    };
    expect(users.effectiveAccess(user.id)).toEqual([
      { user_id: user.id, door_id: doors.front, suspended: false, sources: [byGroup], credentials: [] },
      {
        user_id: user.id,
        door_id: doors.back,
        suspended: false,
        sources: [byDoor, byGroup],
        credentials: [],
      },
    ]);
    expect(() => users.effectiveAccess(id)).toThrow('there is no user');
  });
});
