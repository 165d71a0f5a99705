import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { person, pin, way, write } from '../resources.ts';
import { ids, type ProgrammedSite, programmedSite } from './programmed-site.ts';

/** Somebody whose PIN the panel holds. */
async function withCode() {
  const t = await programmedSite();
  await t.pass(2_000);
  const { object: user } = await t.admin.users.create(person(), write());
  const { object: code } = await t.admin.credentials.create(pin(user.id, '0123'), write());
  await t.admin.access.create(way(user.id, { partition: 'house' }), write());
  await t.pass(1_000);
  expect(t.row(ids.panel)).toMatchObject({ state: 'confirmed', slot: 1 });
  return { t, code };
}

/** Orders for slot 1 that were answered since `from` entries of the journal. */
const asked = ({ journal }: ProgrammedSite, from: number): number =>
  journal.slice(from).filter(({ type, data }) => type === 'slot.result' && 'slot' in data && data.slot === 1)
    .length;
const changes = async (t: ProgrammedSite): Promise<number> =>
  (await t.feed()).filter((type) => type === 'holder.slot_changed').length;

describe('a device that cannot be asked just now', () => {
  test('is asked every ten seconds and no oftener what is in the slot of a removal', async () => {
    const { t, code } = await withCode();
    t.panel.is.busy = true;
    t.panel.report({ type: 'changed_by_hand', slot: 1 });
    await t.admin.credentials.remove(code.id, write());
    const from = t.journal.length;
    await t.pass(60_000);
    expect(asked(t, from)).toBeLessThan(10);
    expect(t.row(ids.panel)).toMatchObject({ state: 'removing', attempt: 0 });
    t.panel.is.busy = false;
    await t.pass(11_000);
    expect([...t.panel.codes]).toEqual([]);
  });

  test('is asked as seldom to take back a code that was changed on it, and the change is told once', async () => {
    const { t } = await withCode();
    t.panel.codes.set(1, '9999');
    t.panel.report({ type: 'changed_by_hand', slot: 1 });
    for (let i = 0; i < 1_000 && t.row(ids.panel).state === 'confirmed'; i++) await t.pass(1);
    t.panel.is.busy = true;
    const from = t.journal.length;
    await t.pass(60_000);
    expect([asked(t, from) < 10, await changes(t)]).toEqual([true, 1]);
    t.panel.is.busy = false;
    await t.pass(11_000);
    expect([...t.panel.codes]).toEqual([[1, '0123']]);
  });

  test('is told of once for each row, whose reason stays', async () => {
    const { t } = await withCode();
    t.panel.is.busy = true;
    const { object: other } = await t.admin.users.create(person(), write());
    await t.admin.credentials.create(pin(other.id, '4567'), write());
    await t.admin.access.create(way(other.id, { partition: 'house' }), write());
    await t.pass(1_000);
    const told = (await t.feed()).length;
    await t.pass(60_000);
    expect((await t.feed()).length).toBe(told);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()].map(({ reason }) => reason)).toEqual([
      null,
      'queued',
    ]);
  });

  test('keeps the slot of a removal until what somebody else put there is out of it', async () => {
    const { t, code } = await withCode();
    t.panel.codes.set(1, '9999');
    t.panel.report({ type: 'changed_by_hand', slot: 1 });
    await t.admin.credentials.remove(code.id, write());
    const slot = () => t.admin.directory.slotsOf(ids.panel).get(1);
    for (let i = 0; i < 1_000 && slot()?.holds.length !== 0; i++) await t.pass(1);
    t.panel.is.busy = true;
    await t.pass(60_000);
    expect(slot()).toMatchObject({ credential_id: code.id, proven: 'known' });
    t.panel.is.busy = false;
    await t.pass(11_000);
    expect([[...t.panel.codes], [...t.admin.directory.confirmationsAt(ids.panel)]]).toEqual([[], []]);
  });

  test('is asked as seldom to give up the code that one it refuses was to replace', async () => {
    const { t, code } = await withCode();
    t.panel.is.refuses = '4567';
    await t.admin.credentials.update(code.id, { value: new Secret('4567') }, write());
    for (let i = 0; i < 1_000 && t.row(ids.panel).state !== 'failed'; i++) await t.pass(1);
    t.panel.is.busy = true;
    const from = t.journal.length;
    await t.pass(60_000);
    expect(asked(t, from)).toBeLessThan(10);
    t.panel.is.busy = false;
    await t.pass(11_000);
    expect([...t.panel.codes]).toEqual([]);
  });
});

test.each<[string, (t: ProgrammedSite) => Promise<void>]>([
  [
    'has connected again',
    async ({ panel, pass }) => {
      panel.become('offline');
      await pass(1_000);
      panel.become('online');
      await pass(1_000);
    },
  ],
  ['has had an hour', ({ pass }) => pass(3_700_000)],
  ['is there after a restart', (t) => t.restartBoth().then(() => t.pass(1_000))],
])('what a busy device did not show is looked for when it %s', async (_, later) => {
  const t = await programmedSite();
  t.panel.codes.set(3, '9999');
  t.panel.is.busy = true;
  await t.pass(60_000);
  expect(t.journal.filter(({ type }) => type === 'slot.result').length).toBeLessThan(30);
  t.panel.is.busy = false;
  await later(t);
  const states = t.admin.holders.slots(ids.panel).map(({ slot, state }) => `${slot} ${state}`);
  expect(states.slice(0, 4)).toEqual(['1 free', '2 free', '3 unmanaged', '4 free']);
});

test('a device that does not take back a changed code is asked three times, and the change is told once', async () => {
  const { t } = await withCode();
  t.panel.codes.set(1, '9999');
  t.panel.is.losesWrites = 100;
  t.panel.report({ type: 'changed_by_hand', slot: 1 });
  await t.pass(600_000);
  expect(t.row(ids.panel)).toMatchObject({ state: 'failed', reason: 'timeout', attempt: 3 });
  expect([t.panel.is.losesWrites, await changes(t), [...t.panel.codes]]).toEqual([97, 1, [[1, '9999']]]);
});
