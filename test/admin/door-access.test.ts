import { describe, expect, test } from 'vitest';
import { effectiveAccessAtDoor } from '../../src/admin/effective-access.ts';
import type { Access, User } from '../../src/schema/record.ts';
import { type ProgrammedSite, programmedSite } from './programming/programmed-site.ts';
import { aSite, card, doors, person, pin, way, write } from './resources.ts';

/** Who gets in at a door, and what it takes of their codes. The front door's lock decides by itself, at the back door Postern does. */

const all = { limit: 100, after: null };

async function site() {
  const t = await programmedSite({ panel: null, lock: { reserved_slots: [1], code_lengths: [4] } });
  await t.pass(2_000);
  return t;
}

async function given(t: ProgrammedSite, digits: string, ...targets: Parameters<typeof way>[1][]) {
  const { object: user } = await t.admin.users.create(person(), write());
  const { object: code } = await t.admin.credentials.create(pin(user.id, digits), write());
  for (const target of targets) await t.admin.access.create(way(user.id, target), write());
  return { user, code };
}

describe('capabilities of a door', () => {
  test('are those of its lock, where that decides: its slots less the reserved ones, its lengths, no schedules', async () => {
    const t = await site();
    await given(t, '0123', { door_id: doors.front });
    await t.pass(1_000);
    const { capacity } = t.lock.traits;
    expect(t.admin.door_access.capabilities(doors.front)).toEqual({
      max_codes: capacity - 1,
      used_codes: 1,
      code_lengths: [4],
      schedules: false,
      programs_while_armed: true,
    });
  });

  test('have no limit where Postern decides; programmed credentials that lead there are counted, each once, and anew after a change', async () => {
    const t = await site();
    const used = () => t.admin.door_access.capabilities(doors.back)?.used_codes;
    expect(t.admin.door_access.capabilities(doors.back)).toEqual({
      max_codes: null,
      used_codes: 0,
      code_lengths: [4, 5, 6, 7, 8, 9, 10],
      schedules: true,
      programs_while_armed: true,
    });
    const { object: group } = await t.admin.groups.create(
      { external_id: null, name: 'all', door_ids: [doors.front, doors.back] },
      write(),
    );
    const ada = await given(t, '0123', { door_id: doors.back }, { door_group_id: group.id });
    await given(t, '4567', { door_group_id: group.id });
    await given(t, '8901', { door_id: doors.front });
    expect(used()).toBe(2);
    await t.admin.credentials.create(card(ada.user.id, '12:3456', { state: 'draft' }), write());
    expect(used()).toBe(2);
    await t.admin.groups.update(group.id, { door_ids: [] }, write());
    expect(used()).toBe(1);
    await t.admin.users.remove(ada.user.id, write());
    expect(used()).toBe(0);
  });
});

describe('who may open a door', () => {
  test('one row per person with all ways, and how each credential stands at what decides there', async () => {
    const t = await site();
    const { object: group } = await t.admin.groups.create(
      { external_id: null, name: 'all', door_ids: [doors.front, doors.back] },
      write(),
    );
    const ada = await given(t, '0123', { door_id: doors.front }, { door_group_id: group.id });
    await given(t, '4567');
    const { object: fob } = await t.admin.credentials.create(card(ada.user.id, '12:3456'), write());
    t.applied();
    await t.pass(1_000);
    const front = await t.admin.door_access.effectiveAccess(doors.front, all);
    expect(front).toMatchObject({ next_cursor: null, feed_cursor: 'cursor' });
    expect(front.items).toMatchObject([
      {
        user_id: ada.user.id,
        door_id: doors.front,
        suspended: false,
        sources: [{ door_group_id: null }, { door_group_id: group.id }],
        credentials: [
          { credential_id: ada.code.id, kind: 'pin', confirmation: { state: 'confirmed', reason: null } },
          { credential_id: fob.id, kind: 'card', confirmation: null },
        ],
      },
    ]);
    const back = await t.admin.door_access.effectiveAccess(doors.back, all);
    expect(back.items[0]?.sources).toHaveLength(1);
    expect(back.items[0]?.credentials.map(({ confirmation }) => confirmation?.state)).toEqual([
      'confirmed',
      'confirmed',
    ]);
    // The same rows, asked for from the person's side.
    expect(t.admin.users.effectiveAccess(ada.user.id)).toEqual([...front.items, ...back.items]);
  });

  test('is paged: every person once, whoever comes or goes between two pages', async () => {
    const t = await site();
    const people: string[] = [];
    for (let i = 0; i < 7; i++) people.push((await given(t, `010${i}`, { door_id: doors.back })).user.id);
    people.sort();
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { items, next_cursor } = await t.admin.door_access.effectiveAccess(doors.back, {
        limit: 3,
        after,
      });
      seen.push(...items.map(({ user_id }) => user_id));
      if (after === null) await t.admin.users.remove(people[2] ?? '', write());
      after = next_cursor;
    } while (after !== null);
    expect(seen).toEqual(people);
    await expect(
      t.admin.door_access.effectiveAccess(doors.back, { limit: 3, after: 'x' }),
    ).rejects.toMatchObject({ code: 'invalid_cursor' });
    await expect(t.admin.door_access.effectiveAccess('nowhere', all)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('of 10,000 people one who may is found without holding the event loop', async () => {
    const ids = Array.from(
      { length: 10_000 },
      (_, i) => `00000000-0000-7000-8000-${`${i}`.padStart(12, '0')}`,
    );
    const last = ids.at(-1) ?? '';
    const access = way(last, { door_id: doors.back }) as Access;
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (turns < 100) setImmediate(count);
    };
    setImmediate(count);
    const [, door = aSite.doors[0]] = aSite.doors;
    if (door === undefined) throw new Error('the site has no door');
    const { items } = await effectiveAccessAtDoor(
      {
        ids: () => ids,
        users: new Map(ids.map((id) => [id, { id } as User])),
        accessOf: (id) => (id === last ? [access] : []),
        credentialsOf: () => [],
        confirmationsOf: () => [],
        door_groups: new Map(),
        holders: new Map(),
      },
      aSite,
      door,
      all,
    );
    expect(items.map(({ user_id }) => user_id)).toEqual([last]);
    expect(turns).toBeGreaterThan(3);
  });
});
