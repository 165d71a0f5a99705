import { describe, expect, test } from 'vitest';
import type { Site } from '../../src/core/site.ts';
import { aSite, doors, person, resources, way, write } from './resources.ts';

const nowhere = '00000000-0000-5000-8000-0000000000ff';

async function withUser(site?: () => Site) {
  const all = await resources(undefined, site);
  const { object: user } = await all.users.create(person(), write());
  return { ...all, user };
}

describe('access', () => {
  test('leads to a door or group there is; a panel without codes takes no partition, and says why', async () => {
    const panels: [Site['panel'], RegExp][] = [
      [null, /no panel/],
      [{ kind: 'dry_contact', port: 'p', unit: 1, partitions: [] }, /dry contact holds no codes/],
    ];
    for (const [panel, why] of panels) {
      const { access, user } = await withUser(() => ({ ...aSite, panel }));
      await expect(access.create(way(user.id, { partition: 'house' }), write())).rejects.toThrow(why);
    }
    const { access, user } = await withUser();
    await expect(access.create(way(user.id, { door_id: nowhere }), write())).rejects.toMatchObject({
      errors: [{ pointer: '/target/door_id' }],
    });
    await expect(access.create(way(user.id, { door_group_id: nowhere }), write())).rejects.toMatchObject({
      errors: [{ pointer: '/target/door_group_id' }],
    });
    await expect(access.create(way(nowhere, { door_id: doors.front }), write())).rejects.toMatchObject({
      errors: [{ pointer: '/user_id' }],
    });
    expect((await access.create(way(user.id, { door_id: doors.front }), write())).created).toBe(true);
  });

  test('a door that has left the site leaves its access, which can still be edited', async () => {
    let site = aSite;
    const { access, user, groups } = await withUser(() => site);
    const { object } = await access.create(way(user.id, { door_id: doors.back }), write());
    const { object: group } = await groups.create(
      { external_id: null, name: 'All', door_ids: [doors.front, doors.back] },
      write(),
    );
    site = { ...aSite, doors: aSite.doors.slice(0, 1) };
    const until = { valid_until: '2026-06-01T00:00:00Z' };
    expect((await access.update(object.id, until, write())).applied).toBe(true);
    expect((await groups.update(group.id, { name: 'Both' }, write())).object.door_ids).toHaveLength(2);
    await expect(access.create(way(user.id, { door_id: doors.back }), write())).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  test('another target or a shorter time waits for the doors; a longer time does not', async () => {
    const { access, user } = await withUser();
    const { object } = await access.create(way(user.id, { door_id: doors.front }), write());
    const applied = async (change: object) => (await access.update(object.id, change, write())).applied;
    expect(await applied({ valid_from: '2026-06-01T00:00:00Z' })).toBe(true);
    expect(await applied({ valid_from: '2026-05-01T00:00:00Z' })).toBeNull();
    expect(await applied({ target: { door_id: doors.back } })).toBe(true);
    expect((await access.remove(object.id, write())).applied).toBe(true);
  });

  test('lists can be narrowed to a user, a door, a group', async () => {
    const { access, users, groups, user } = await withUser();
    const { object: other } = await users.create(person(), write());
    const { object: group } = await groups.create({ external_id: null, name: 'All', door_ids: [] }, write());
    await access.create(way(user.id, { door_id: doors.front }), write());
    await access.create(way(other.id, { door_id: doors.front }), write());
    await access.create(way(user.id, { door_group_id: group.id }), write());
    const count = (filter: object) => access.list({ limit: 10, after: null }, filter).items.length;
    expect(
      [{}, { user_id: user.id }, { door_id: doors.front }, { door_group_id: group.id }].map(count),
    ).toEqual([3, 2, 2, 1]);
    expect(count({ user_id: user.id, door_id: doors.front })).toBe(1);
  });
});

describe('door groups', () => {
  test('hold doors there are, each once', async () => {
    const { groups } = await resources();
    await expect(
      groups.create({ external_id: null, name: 'All', door_ids: [doors.front, nowhere] }, write()),
    ).rejects.toMatchObject({ errors: [{ pointer: '/door_ids/1' }] });
    const doubled = { external_id: null, name: 'Front', door_ids: [doors.front, doors.front] };
    expect((await groups.create(doubled, write())).object.door_ids).toEqual([doors.front]);
  });

  test('one that access still uses is not removed', async () => {
    const { groups, access, user } = await withUser();
    const { object: group } = await groups.create({ external_id: null, name: 'All', door_ids: [] }, write());
    const { object } = await access.create(way(user.id, { door_group_id: group.id }), write());
    await expect(groups.remove(group.id, write())).rejects.toMatchObject({
      code: 'still_referenced',
      members: { count: 1 },
    });
    await access.remove(object.id, write());
    expect((await groups.remove(group.id, write())).applied).toBe(true);
  });

  test('a door taken out waits for the doors; one more does not', async () => {
    const { groups } = await resources();
    const fields = { external_id: null, name: 'All', door_ids: [doors.front] };
    const { object } = await groups.create(fields, write());
    const more = await groups.update(object.id, { door_ids: [doors.front, doors.back] }, write());
    expect(more.applied).toBeNull();
    expect((await groups.update(object.id, { door_ids: [doors.back] }, write())).applied).toBe(true);
  });
});
