import { describe, expect, test } from 'vitest';
import { doors, person, pin, way, write } from '../resources.ts';
import { ids, type ProgrammedSite, programmedSite } from './programmed-site.ts';

/** Devices that leave the site file, come back, or are forgotten: what they hold is never dropped silently. */

const front = { door_id: doors.front } as const;

async function given(t: ProgrammedSite, digits: string) {
  const { object: user } = await t.admin.users.create(person(), write());
  const { object: code } = await t.admin.credentials.create(pin(user.id, digits), write());
  await t.admin.access.create(way(user.id, front), write());
  await t.pass(1_000);
  return { user, code };
}

/** A site with one code in its lock, whose lock then leaves the site file. */
async function bereft() {
  const t = await programmedSite({ panel: null });
  await t.pass(2_000);
  const ada = await given(t, '0123');
  expect(t.row(ids.lock)).toMatchObject({ state: 'confirmed', slot: 1 });
  await t.rewire({ lock: null });
  await t.pass(1_000);
  return { t, ...ada };
}
const told = async (t: ProgrammedSite, what: string) =>
  (await t.feed()).filter((type) => type.startsWith(what));

describe('a device that has left the site file', () => {
  test('is listed as gone with what it may hold, told once however often it starts, and its rows say why they rest', async () => {
    const { t } = await bereft();
    await t.restartBoth();
    await t.pass(300_000);
    expect(await told(t, 'holder.gone')).toEqual(['holder.gone']);
    expect(t.admin.holders.get(ids.lock)).toMatchObject({
      name: 'lock',
      state: 'gone',
      since: expect.any(String),
      online: null,
      used: 1,
      stored: 1,
    });
    expect(t.admin.holders.list().map(({ name }) => name)).toEqual(['controller', 'lock']);
    expect(t.admin.holders.slots(ids.lock)[0]).toMatchObject({ slot: 1, state: 'ours' });
    const { items } = t.admin.confirmations.list({ limit: 9, after: null }, { holder_id: ids.lock });
    expect(items).toMatchObject([{ state: 'confirmed', reason: 'holder_gone', retriable: false }]);
    await expect(t.admin.confirmations.retry(items[0]?.id ?? '', { dry_run: false })).rejects.toMatchObject({
      code: 'not_waiting',
      message: expect.stringContaining('lock has left'),
    });
  });

  test('keeps the PIN of who was deleted meanwhile taken, and says in which device', async () => {
    const { t, user } = await bereft();
    const { sync } = await t.admin.users.remove(user.id, write());
    expect(sync).toMatchObject({ confirmed: 0 });
    t.applied();
    await t.pass(1_000);
    expect(t.row(ids.lock)).toMatchObject({ state: 'removing' });
    await expect(given(t, '0123')).rejects.toMatchObject({
      code: 'pin_in_use',
      message: expect.stringMatching(/stored in lock, which has left the site file/),
    });
  });

  test('goes on where it was when it is back: it is read, nothing is written, and who was deleted is taken out', async () => {
    const { t } = await bereft();
    await t.rewire({ lock: {} });
    t.lock.deeds.length = 0;
    await t.pass(60_000);
    expect(t.row(ids.lock)).toMatchObject({ state: 'confirmed', slot: 1 });
    expect(t.lock.deeds.filter((deed) => deed.startsWith('write') || deed.startsWith('clear'))).toEqual([]);
    expect(t.admin.holders.get(ids.lock)).toMatchObject({ state: 'online', stored: 1 });
    expect(await told(t, 'holder.returned')).toEqual(['holder.returned']);

    const again = await bereft();
    await again.t.admin.users.remove(again.user.id, write());
    await again.t.rewire({ lock: {} });
    await again.t.pass(60_000);
    expect([...again.t.lock.codes]).toEqual([]);
    expect([...again.t.admin.directory.confirmationsAt(ids.lock)]).toEqual([]);
  });

  test('what was changed at it by hand while it was gone is found', async () => {
    const { t } = await bereft();
    t.lock.codes.set(1, '9999');
    await t.rewire({ lock: {} });
    await t.pass(60_000);
    expect(await told(t, 'holder.slot_changed')).toHaveLength(1);
    expect(t.lock.codes.get(1)).toBe('0123');
  });

  test('is forgotten when asked: rows and slots go, it is told, and the PIN is free', async () => {
    const { t, user } = await bereft();
    await t.admin.users.remove(user.id, write());
    const tried = await t.admin.holders.forget(ids.lock, { ...write(), dry_run: true });
    expect([tried, t.admin.holders.get(ids.lock).stored]).toEqual([{ stored: 1 }, 1]);
    expect(await t.admin.holders.forget(ids.lock, write())).toEqual({ stored: 1 });
    await t.pass(1_000);
    expect(await told(t, 'holder.forgotten')).toEqual(['holder.forgotten']);
    expect(await told(t, 'confirmation.removed')).not.toEqual([]);
    expect([t.admin.directory.slots.size, t.admin.directory.holders.size]).toEqual([0, 0]);
    expect(() => t.admin.holders.get(ids.lock)).toThrow(/no device/);
    const { code } = await given(t, '0123');
    expect(code.state).toBe('programmed');
    await t.restartBoth();
    await t.pass(1_000);
    expect(await told(t, 'holder.gone')).toHaveLength(1);
  });

  test('comes back as a stranger once it is forgotten: its codes are shown as unmanaged', async () => {
    const { t, user } = await bereft();
    await t.admin.users.remove(user.id, write());
    await t.admin.holders.forget(ids.lock, write());
    await t.rewire({ lock: {} });
    await t.pass(60_000);
    expect(t.admin.holders.slots(ids.lock)[0]).toMatchObject({ slot: 1, state: 'unmanaged' });
    expect(await told(t, 'holder.returned')).toEqual([]);
  });

  test('cannot be forgotten while the site file names it, nor can the controller', async () => {
    const t = await programmedSite({ panel: null });
    await t.pass(2_000);
    await expect(t.admin.holders.forget(ids.lock, write())).rejects.toMatchObject({
      code: 'method_not_allowed',
    });
    await expect(t.admin.holders.forget(t.site.id, write())).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is listed by its id when the database has lost what it was called', async () => {
    const { t } = await bereft();
    await t.restartBoth(async () => {
      const before = t.admin.directory.holders.get(ids.lock) ?? null;
      await t.store.commit({ changes: [{ kind: 'holder', id: ids.lock, before, after: null }], feed: [] });
    });
    await t.pass(1_000);
    expect(t.admin.holders.get(ids.lock)).toMatchObject({ name: ids.lock, state: 'gone', stored: 1 });
    expect(await t.admin.holders.forget(ids.lock, write())).toEqual({ stored: 1 });
  });
});

test('a PIN that two devices hold stays taken until both are rid of it', async () => {
  const t = await programmedSite();
  await t.pass(2_000);
  const { user } = await given(t, '0123');
  await t.admin.access.create(way(user.id, { partition: 'house' }), write());
  await t.pass(1_000);
  t.arm('house', 'armed');
  await t.admin.users.remove(user.id, write());
  await t.pass(60_000);
  expect([t.lock.codes.size, t.panel.codes.size]).toEqual([0, 1]);
  await expect(given(t, '0123')).rejects.toMatchObject({ code: 'pin_in_use' });
  t.arm('house', 'disarmed');
  await t.pass(60_000);
  expect(t.panel.codes.size).toBe(0);
  await given(t, '0123');
});
