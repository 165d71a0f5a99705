import { describe, expect, test } from 'vitest';
import { planOf } from '../../src/admin/plan.ts';
import { mostActions } from '../../src/schema/api/plan.ts';
import type { Change } from '../../src/schema/storage.ts';
import { ids, programmedSite } from './programming/programmed-site.ts';
import { doors, person, pin, resources, way, write } from './resources.ts';

/** Every dry run says what the write would do: the records, and what follows at the devices. */
const dry = { ...write(), dry_run: true };
const house = { partition: 'house' } as const;

async function withCode() {
  const t = await programmedSite();
  await t.pass(2_000);
  const { object: user } = await t.admin.users.create(person(), write());
  const { object: code } = await t.admin.credentials.create(pin(user.id, '0123'), write());
  const { object: access } = await t.admin.access.create(way(user.id, house), write());
  await t.pass(1_000);
  t.applied();
  await t.pass(1_000);
  return { t, user, code, access };
}

const record = { holder_id: null, state: null, reason: null };

describe('a plan', () => {
  test('of a new access: the record, and the code into each device it leads to', async () => {
    const { t, user, code } = await withCode();
    const { object, plan } = await t.admin.access.create(way(user.id, { door_id: doors.front }), dry);
    const resource = `credential/${code.id}`;
    expect(plan).toEqual({
      total: 3,
      actions: [
        { ...record, do: 'create', resource: `access/${object.id}` },
        { do: 'program', resource, holder_id: t.site.id, state: 'pending', reason: 'queued' },
        { do: 'program', resource, holder_id: ids.lock, state: 'pending', reason: 'queued' },
      ],
    });
  });

  test('of a removal: all that goes with it, and what is to be cleared where; nothing is changed', async () => {
    const { t, user, code, access } = await withCode();
    const before = t.rows();
    const removal = await t.admin.users.remove(user.id, dry);
    const resource = `credential/${code.id}`;
    expect(removal).toMatchObject({ applied: null, sync: { holders: 2, pending: 2 } });
    expect(removal.plan?.total).toBe(5);
    expect(removal.plan?.actions).toEqual(
      expect.arrayContaining([
        { ...record, do: 'delete', resource },
        { ...record, do: 'delete', resource: `access/${access.id}` },
        { ...record, do: 'delete', resource: `user/${user.id}` },
        { do: 'clear', resource, holder_id: t.site.id, state: 'pending', reason: 'queued' },
        { do: 'clear', resource, holder_id: ids.panel, state: 'pending', reason: 'queued' },
      ]),
    );
    await t.pass(60_000);
    expect(t.rows()).toEqual(before);
    expect([...t.panel.codes.values()]).toEqual(['0123']);
    expect(await t.admin.users.remove(user.id, write())).not.toHaveProperty('plan');
  });

  test('of what a device can never hold says so; of what changes nothing is empty', async () => {
    const { t, user } = await withCode();
    const { plan } = await t.admin.credentials.create(pin(user.id, '0123456'), dry);
    expect(plan?.actions).toContainEqual(
      expect.objectContaining({
        do: 'program',
        holder_id: ids.panel,
        state: 'failed',
        reason: 'unsupported_length',
      }),
    );
    expect((await t.admin.users.update(user.id, {}, dry)).plan).toEqual({ actions: [], total: 0 });
    const same = await t.admin.credentials.create(pin(user.id, '0123'), dry);
    expect([same.created, same.plan]).toEqual([false, { actions: [], total: 0 }]);
  });

  test('lists a thousand, and counts the rest', () => {
    const change = { kind: 'access', id: 'a', before: null, after: {} } as unknown as Change;
    const { actions, total } = planOf(Array.from({ length: 1_500 }, () => change));
    expect([actions.length, total]).toEqual([mostActions, 1_500]);
  });
});

test('a dry run of a removal warns of whom it leaves without any access that counts', async () => {
  const { users, access } = await resources();
  const { object: user } = await users.create(person(), write());
  const { object: front } = await access.create(way(user.id, { door_id: doors.front }), write());
  expect((await access.remove(front.id, dry)).warnings).toMatchObject([{ code: 'no_effective_minute' }]);
  const over = { valid_until: '2000-01-01T00:00:00Z' };
  const { object: old } = await access.create(way(user.id, { door_id: doors.back }, over), write());
  expect((await access.remove(front.id, dry)).warnings).toMatchObject([
    { detail: expect.stringContaining('none of 1 access') },
  ]);
  expect((await access.remove(old.id, dry)).warnings).toEqual([]);
});
