import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { doors, person, pin, way, write } from '../resources.ts';
import { ids, type ProgrammedSite, programmedSite } from './programmed-site.ts';

const house = { partition: 'house' } as const;
const front = { door_id: doors.front } as const;

/** Somebody with a PIN and access. */
async function given(t: ProgrammedSite, digits: string, ...targets: (typeof house | typeof front)[]) {
  const { object: user } = await t.admin.users.create(person(), write());
  const { object: code } = await t.admin.credentials.create(pin(user.id, digits), write());
  for (const target of targets) await t.admin.access.create(way(user.id, target), write());
  return { user, code };
}

/** A site whose devices have been looked at. */
async function readySite(...options: Parameters<typeof programmedSite>) {
  const t = await programmedSite(...options);
  await t.pass(2_000);
  return t;
}

const at = (t: ProgrammedSite, ms: number): string => new Date(t.clock.wall() + ms).toISOString();

describe('a code and its devices', () => {
  test('access decides which devices hold it: a partition the panel, a door its lock; each with a row of its own', async () => {
    const t = await readySite();
    await given(t, '0123', house, front);
    await t.pass(100);
    t.applied();
    await t.pass(100);
    expect(t.rows().map(({ holder_id, state }) => [holder_id, state])).toEqual([
      [t.site.id, 'confirmed'],
      [ids.panel, 'confirmed'],
      [ids.lock, 'confirmed'],
    ]);
    expect([t.panel.deeds, t.lock.deeds]).toEqual([['write 1 0123'], ['write 1 0123']]);
  });

  test('a door with a relay needs no slot, and a card, a draft or a blocked PIN is in none', async () => {
    const t = await readySite();
    const { user } = await given(t, '0123');
    await t.admin.access.create(way(user.id, { door_id: doors.back }), write());
    const { object } = await t.admin.users.create(person(), write());
    await t.admin.access.create(way(object.id, house), write());
    await t.admin.credentials.create(pin(object.id, '12:3456', { kind: 'card' }), write());
    await t.admin.credentials.create(pin(object.id, '4711', { state: 'draft' }), write());
    const { object: blocked } = await t.admin.credentials.create(pin(object.id, '4712'), write());
    await t.pass(100);
    await t.admin.credentials.setBlocked(blocked.id, true, write());
    await t.pass(100);
    expect(t.panel.codes.size).toBe(0);
    expect(t.lock.deeds).toEqual([]);
  });

  test('a row of the controller is confirmed only when the doors go by its commit', async () => {
    const t = await readySite();
    await given(t, '0123');
    await t.pass(5_000);
    expect(t.row(t.site.id)).toMatchObject({ state: 'pending', reason: 'queued' });
    t.applied();
    await t.pass(10);
    expect(t.row(t.site.id)).toMatchObject({ state: 'confirmed', confirmed_revision: 1 });
    expect(Object.keys(t.row(t.site.id).evidence)).toEqual(['local']);
  });

  test('answers to writes count the devices that have followed', async () => {
    const t = await readySite();
    const { user } = await given(t, '0123');
    const first = await t.admin.access.create(way(user.id, house), write());
    expect(first.sync).toEqual({ holders: 2, confirmed: 0, pending: 2, failed: 0 });
    t.applied();
    await t.pass(100);
    const second = await t.admin.users.update(user.id, { department: 'x' }, write());
    expect(second.sync).toEqual({ holders: 2, confirmed: 2, pending: 0, failed: 0 });
  });

  test('a dry run counts the devices that would have to follow, and changes nothing', async () => {
    const t = await readySite();
    const { user } = await given(t, '0123', front);
    t.applied();
    await t.pass(100);
    const dry = { ...write(), dry_run: true };
    const more = await t.admin.access.create(way(user.id, house), dry);
    expect(more.sync).toEqual({ holders: 3, confirmed: 1, pending: 2, failed: 0 });
    const gone = await t.admin.users.remove(user.id, dry);
    expect(gone.sync).toEqual({ holders: 2, confirmed: 0, pending: 2, failed: 0 });
    const same = await t.admin.users.update(user.id, {}, dry);
    expect(same.sync).toEqual({ holders: 2, confirmed: 2, pending: 0, failed: 0 });
    await t.pass(1_000);
    expect(t.rows().map(({ state }) => state)).toEqual(['confirmed', 'confirmed']);
    expect(t.panel.deeds).toEqual([]);
  });

  test('validity: not before its time, gone after it, and back when it is prolonged', async () => {
    const t = await readySite();
    const { user } = await given(t, '0123');
    const { object: access } = await t.admin.access.create(
      way(user.id, house, { valid_from: at(t, 60_000), valid_until: at(t, 120_000) }),
      write(),
    );
    const row = () => [...t.admin.directory.confirmationsAt(ids.panel).values()][0];
    await t.pass(59_000);
    expect(row()).toMatchObject({ state: 'pending', reason: 'not_yet_due', slot: null, attempt: 0 });
    expect(t.panel.deeds).toEqual([]);
    await t.pass(2_000);
    expect(row()).toMatchObject({ state: 'confirmed', slot: 1 });
    await t.pass(60_000);
    expect(row()).toBeUndefined();
    expect(t.panel.deeds).toEqual(['write 1 0123', 'clear 1']);
    await t.admin.access.update(access.id, { valid_until: at(t, 90_000) }, write());
    await t.pass(100);
    expect(row()).toMatchObject({ state: 'confirmed' });
  });

  test('an edit overwrites the same slot, and the old code is in use until that is proved', async () => {
    const t = await readySite();
    const { code } = await given(t, '0123', house);
    await t.pass(100);
    t.panel.become('offline');
    await t.admin.credentials.update(code.id, { value: new Secret('4567') }, write());
    const { object: other } = await t.admin.users.create(person(), write());
    await expect(t.admin.credentials.create(pin(other.id, '0123'), write())).rejects.toMatchObject({
      code: 'pin_in_use',
    });
    t.panel.become('online');
    await t.pass(100);
    expect(t.panel.deeds).toEqual(['write 1 0123', 'write 1 4567']);
    await t.admin.credentials.create(pin(other.id, '0123'), write());
  });

  test('a deleted PIN is in use until its removal is proved', async () => {
    const t = await readySite();
    const { code } = await given(t, '0123', house);
    await t.pass(100);
    t.arm('house', 'armed');
    await t.admin.credentials.remove(code.id, write());
    await t.pass(100);
    const { object: other } = await t.admin.users.create(person(), write());
    await expect(t.admin.credentials.create(pin(other.id, '0123'), write())).rejects.toMatchObject({
      code: 'pin_in_use',
    });
    t.arm('house', 'disarmed');
    await t.pass(100);
    await t.admin.credentials.create(pin(other.id, '0123'), write());
  });
});

describe('capacity', () => {
  const small = { panel: { capacity: 3, reserved_slots: [1] } };

  test('System Full at the write when every device it needs is full; nothing is changed, no byte is sent', async () => {
    const t = await readySite(small);
    await given(t, '0001', house);
    await given(t, '0002', house);
    await t.pass(200);
    const { user } = await given(t, '0003');
    const deeds = t.panel.deeds.length;
    await expect(t.admin.access.create(way(user.id, house), write())).rejects.toMatchObject({
      code: 'system_full',
      members: { holders: [{ holder_id: ids.panel, capacity: 3, reserved: 1, used: 2 }] },
    });
    const dry = { ...write(), dry_run: true };
    await expect(t.admin.access.create(way(user.id, house), dry)).rejects.toMatchObject({
      code: 'system_full',
    });
    await t.pass(1_000);
    expect(t.panel.deeds).toHaveLength(deeds);
    expect(t.admin.directory.accessOf(user.id)).toEqual([]);
  });

  test('with room in another device the write stands, the full one fails its row; room that becomes free is used by itself', async () => {
    const t = await readySite(small);
    const first = await given(t, '0001', house);
    await given(t, '0002', house);
    const { object: user } = await t.admin.users.create(person(), write());
    await t.admin.access.create(way(user.id, house), write());
    await t.admin.access.create(way(user.id, front), write());
    const { sync } = await t.admin.credentials.create(pin(user.id, '0003'), write());
    expect(sync).toEqual({ holders: 3, confirmed: 0, pending: 2, failed: 1 });
    await t.pass(100);
    const third = () => [...t.admin.directory.confirmationsAt(ids.panel).values()].at(-1);
    expect(third()).toMatchObject({ state: 'failed', reason: 'slots_full', attempt: 0, slot: null });
    await t.admin.credentials.remove(first.code.id, write());
    await t.pass(200);
    expect(third()).toMatchObject({ state: 'confirmed', slot: 2 });
  });

  test('a slot is free only when its removal is proved, and then rests as long as the site says', async () => {
    const t = await readySite({ ...small, rules: { quarantine_ms: 3_600_000 } });
    const first = await given(t, '0001', house);
    await given(t, '0002', house);
    await t.pass(200);
    t.panel.become('offline');
    await t.admin.credentials.remove(first.code.id, write());
    const { user } = await given(t, '0003');
    const more = () => t.admin.access.create(way(user.id, house), write());
    await expect(more()).rejects.toMatchObject({ code: 'system_full' });
    t.panel.become('online');
    await t.pass(200);
    await expect(more()).rejects.toMatchObject({ code: 'system_full' });
    await t.pass(3_600_000);
    await more();
  });

  test('nine slots in ten used is told once', async () => {
    const t = await readySite({ panel: { capacity: 10 } });
    for (let i = 0; i < 10; i++) await given(t, `000${i}`, house);
    const feed = (await t.store.feed(0, 1_000)).filter(({ type }) => type === 'holder.nearly_full');
    expect(feed.map(({ data }) => data)).toEqual([{ capacity: 10, reserved: 0, used: 9 }]);
  });

  test('what a device cannot hold fails before anything is sent, and nothing else does', async () => {
    const t = await readySite({ panel: { code_lengths: [4] } });
    const { user } = await given(t, '012345');
    await t.admin.access.create(way(user.id, house), write());
    await t.admin.access.create(way(user.id, front), write());
    const { object: silent } = await t.admin.users.create(person(), write());
    await t.admin.access.create(way(silent.id, house), write());
    await t.admin.credentials.create(pin(silent.id, '9111', { duress: true }), write());
    await t.pass(100);
    const reasons = [...t.admin.directory.confirmationsAt(ids.panel).values()].map(({ reason }) => reason);
    expect(reasons).toEqual(['unsupported_length', 'unsupported_duress']);
    expect(t.panel.deeds).toEqual([]);
    expect(t.lock.deeds).toEqual(['write 1 012345']);
  });
});

describe('attempts', () => {
  test('a lost answer is found out by reading: one write, confirmed', async () => {
    const t = await readySite();
    t.panel.is.losesAnswers = 1;
    await given(t, '0123', house);
    await t.pass(100);
    expect(t.panel.deeds).toEqual(['write 1 0123']);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([
      { state: 'confirmed', attempt: 0 },
    ]);
  });

  test('a refusal of the code before an edit costs the edited one nothing', async () => {
    const t = await readySite();
    t.panel.is.refuses = '0001';
    const { code } = await given(t, '0001', house);
    await t.pass(5);
    await t.admin.credentials.update(code.id, { value: new Secret('0002') }, write());
    await t.pass(1_000);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([
      { state: 'confirmed', attempt: 0, revision: 2 },
    ]);
    expect([...t.panel.codes.values()]).toEqual(['0002']);
  });

  test('a removal is proved by what proves removals there, however strong the proof of a code must be', async () => {
    const t = await readySite({ panel: { reads: 'nothing', removal_proof: 'acknowledged' } });
    const { code } = await given(t, '0001', house);
    const rows = () => [...t.admin.directory.confirmationsAt(ids.panel).values()];
    await t.pass(300_000);
    expect(rows()).toMatchObject([{ state: 'failed', reason: 'timeout' }]);
    await t.admin.credentials.remove(code.id, write());
    await t.pass(300_000);
    expect([rows(), [...t.panel.codes]]).toEqual([[], []]);
  });

  test('the late result of an order that was given up proves nothing of the one on its way', async () => {
    const t = await readySite();
    await given(t, '0001', house);
    await t.pass(5);
    const outcome = { ok: true, evidence: 'read_back' } as const;
    t.journal.push({
      time: t.clock.wall(),
      type: 'slot.result',
      resource: `holder/${ids.panel}`,
      data: { order_id: 'given up', slot: 1, outcome, reading: null },
    });
    await t.pass(1);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([{ state: 'pending' }]);
    await t.pass(100);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([
      { state: 'confirmed' },
    ]);
  });

  test('three writes that are lost: after 30 s, after 2 min, then failed; one call tries again', async () => {
    const t = await readySite();
    t.panel.is.losesWrites = 3;
    await given(t, '0123', house);
    const row = () => [...t.admin.directory.confirmationsAt(ids.panel).values()][0];
    await t.pass(29_000);
    expect(row()).toMatchObject({ state: 'pending', reason: 'retrying', attempt: 1 });
    await t.pass(2_000);
    expect(row()).toMatchObject({ attempt: 2 });
    await t.pass(119_000);
    expect(row()).toMatchObject({ attempt: 2 });
    await t.pass(2_000);
    expect(row()).toMatchObject({ state: 'failed', reason: 'timeout', attempt: 3 });
    await t.pass(3_600_000);
    expect(t.panel.deeds).toHaveLength(3);
    await t.admin.confirmations.retry(row()?.id ?? '', { dry_run: false });
    await t.pass(100);
    expect(row()).toMatchObject({ state: 'confirmed', attempt: 0 });
  });

  test.each(['offline', 'asleep'] as const)(
    '%s burns no attempt, however long; then it goes out at once',
    async (state) => {
      const t = await readySite();
      t.lock.become(state);
      await t.pass(10);
      await given(t, '0123', front);
      await t.pass(86_400_000);
      const row = () => [...t.admin.directory.confirmationsAt(ids.lock).values()][0];
      expect(row()).toMatchObject({ state: 'pending', reason: `device_${state}`, attempt: 0 });
      t.lock.become('online');
      await t.pass(100);
      expect(row()).toMatchObject({ state: 'confirmed' });
    },
  );

  test('a device that is set up wrongly: one alarm, rows wait, no attempt burnt; set right, all goes out', async () => {
    const t = await readySite();
    t.panel.is.misconfigured = true;
    for (const digits of ['0001', '0002', '0003']) await given(t, digits, house);
    // It has just been asked in vain.
    await t.pass(3_610_000);
    const rows = () => [...t.admin.directory.confirmationsAt(ids.panel).values()];
    expect(rows().map(({ reason, attempt }) => [reason, attempt])).toEqual(
      Array.from({ length: 3 }, () => ['holder_misconfigured', 0]),
    );
    expect((await t.feed()).filter((type) => type === 'holder.misconfigured')).toHaveLength(1);
    t.panel.is.misconfigured = false;
    t.panel.report({ type: 'configured' });
    await t.pass(200);
    expect(rows().every(({ state }) => state === 'confirmed')).toBe(true);
  });

  test('refusals are final, with the raw answer; the slot is free for others', async () => {
    const t = await readySite();
    t.panel.is.refuses = '0123';
    await given(t, '0123', house);
    await t.pass(100);
    const [row] = [...t.admin.directory.confirmationsAt(ids.panel).values()];
    expect(row).toMatchObject({
      state: 'failed',
      reason: 'rejected_by_device',
      raw_answer: 'c0ffee',
      slot: null,
    });
    await given(t, '4567', house);
    await t.pass(100);
    expect([...t.panel.codes]).toEqual([[1, '4567']]);
  });

  test('a code that the device says is in another slot, which it does not show, is refused for good', async () => {
    const t = await readySite();
    Object.assign(t.panel.is, { masks: true, refusesDuplicates: true });
    t.panel.codes.set(5, '0123');
    await given(t, '0123', house);
    await t.pass(100);
    const [row] = [...t.admin.directory.confirmationsAt(ids.panel).values()];
    expect(row).toMatchObject({ state: 'failed', reason: 'duplicate_on_device', slot: null });
    expect([...t.panel.codes]).toEqual([[5, '0123']]);
  });

  test('a replaced PIN that the device refuses does not leave the old one working', async () => {
    const t = await readySite();
    const { code } = await given(t, '0123', house);
    await t.pass(100);
    t.panel.is.refuses = '4567';
    await t.admin.credentials.update(code.id, { value: new Secret('4567') }, write());
    await t.pass(200);
    expect([...t.panel.codes.values()]).toEqual([]);
    const [row] = [...t.admin.directory.confirmationsAt(ids.panel).values()];
    expect(row).toMatchObject({ state: 'failed', reason: 'rejected_by_device', slot: null });
  });

  test('a removal goes on for ever, and is overdue after three', async () => {
    const t = await readySite();
    const { code } = await given(t, '0123', house);
    await t.pass(100);
    t.panel.is.losesWrites = 20;
    await t.admin.credentials.remove(code.id, write());
    await t.pass(900_000);
    const [row] = [...t.admin.directory.confirmationsAt(ids.panel).values()];
    expect(row).toMatchObject({ state: 'removing', overdue: true });
    await t.pass(7_200_000);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toEqual([]);
  });

  test('used at the door comes from an event of that device that names that slot', async () => {
    const t = await readySite();
    await given(t, '0123', front);
    await t.pass(100);
    t.lock.report({ type: 'used', slot: 2, at: t.clock.wall() });
    t.panel.report({ type: 'used', slot: 1, at: t.clock.wall() });
    await t.pass(10);
    const row = () => [...t.admin.directory.confirmationsAt(ids.lock).values()][0];
    expect(row()?.evidence.used_at_door).toBeUndefined();
    t.lock.report({ type: 'used', slot: 1, at: t.clock.wall() });
    await t.pass(10);
    expect(row()?.evidence.used_at_door).toBeGreaterThan(0);
    const last = (await t.store.feed(0, 1_000)).filter(({ type }) => type === 'holder.used').at(-1);
    expect(last?.data).toMatchObject({ slot: 1, user_id: row()?.user_id });
  });
});

test('use of a slot in which the code before may still be confirms nothing', async () => {
  const t = await readySite();
  const { code } = await given(t, '0123', house);
  await t.pass(100);
  t.panel.is.losesWrites = 1;
  await t.admin.credentials.update(code.id, { value: new Secret('4567') }, write());
  await t.pass(1_000);
  t.panel.report({ type: 'used', slot: 1, at: t.clock.wall() });
  await t.pass(1_000);
  expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([
    { state: 'pending', revision: 2, evidence: { sent: expect.any(Number) } },
  ]);
});

test('a device that comes back is not asked what nobody doubts', async () => {
  const t = await readySite();
  await given(t, '0123', house);
  await t.pass(100);
  const answers = () => t.journal.filter(({ type }) => type === 'slot.result').length;
  const before = answers();
  t.panel.become('offline');
  await t.pass(1_000);
  t.panel.become('online');
  await t.pass(60_000);
  expect(answers()).toBe(before);
});

describe('an armed panel', () => {
  test('no byte reaches it; changes are kept in order and go out after disarm, what is no longer wanted does not', async () => {
    const t = await readySite();
    t.arm('house', 'armed');
    await t.pass(10);
    const first = await given(t, '0001', house);
    await t.pass(1_000);
    await given(t, '0002', house);
    await t.pass(1_000);
    await given(t, '0003', house);
    await t.admin.credentials.remove(first.code.id, write());
    await t.pass(3_600_000);
    expect(t.panel.deeds).toEqual([]);
    const rows = [...t.admin.directory.confirmationsAt(ids.panel).values()];
    expect(rows.map(({ reason, attempt }) => [reason, attempt])).toEqual([
      ['panel_armed', 0],
      ['panel_armed', 0],
    ]);
    t.arm('house', 'disarmed');
    await t.pass(200);
    expect(t.panel.deeds.map((deed) => deed.split(' ')[2])).toEqual(['0002', '0003']);
  });

  test('only the partitions a change touches count; unknown blocks like armed', async () => {
    const t = await readySite();
    t.arm('yard', 'unknown');
    await t.pass(10);
    await given(t, '0001', house);
    await t.pass(100);
    expect(t.panel.deeds).toHaveLength(1);
    t.arm('house', 'unknown');
    await t.pass(10);
    await given(t, '0002', house);
    await t.pass(10_000);
    expect(t.panel.deeds).toHaveLength(1);
  });

  test('what is in doubt there is read all the same, and written when it is disarmed', async () => {
    const t = await readySite();
    const { code } = await given(t, '0001', house);
    await t.pass(100);
    t.arm('house', 'armed');
    t.panel.report({ type: 'changed_by_hand', slot: 1 });
    await t.admin.credentials.remove(code.id, write());
    await t.pass(1_000);
    expect(t.admin.directory.slotsOf(ids.panel).get(1)).toMatchObject({ doubt: false, proven: 'known' });
    expect(t.panel.deeds).toEqual(['write 1 0001']);
    t.arm('house', 'disarmed');
    await t.pass(1_000);
    expect(t.panel.deeds).toEqual(['write 1 0001', 'clear 1']);
  });

  test('if_armed=reject: a retriable 409 that names the partition, and nothing is changed', async () => {
    const t = await readySite();
    const { user } = await given(t, '0001');
    t.arm('house', 'armed');
    await t.pass(10);
    const reject = { ...write(), if_armed: 'reject' } as const;
    await expect(t.admin.access.create(way(user.id, house), reject)).rejects.toMatchObject({
      code: 'panel_armed',
      members: { partition: 'house' },
    });
    expect(t.admin.directory.accessOf(user.id)).toEqual([]);
  });

  test('a site that rejects changes while armed still takes people away', async () => {
    const t = await readySite({ rules: { armed_changes: 'reject' } });
    const { code, user } = await given(t, '0001', house);
    await t.pass(100);
    t.arm('house', 'armed');
    await t.pass(10);
    const other = await given(t, '0002');
    await expect(t.admin.access.create(way(other.user.id, house), write())).rejects.toMatchObject({
      code: 'panel_armed',
    });
    await t.admin.credentials.remove(code.id, write());
    expect(t.admin.directory.credentialsOf(user.id)).toEqual([]);
    await t.pass(100);
    expect(t.panel.codes.size).toBe(1);
    t.arm('house', 'disarmed');
    await t.pass(100);
    expect(t.panel.codes.size).toBe(0);
  });

  test('a change that waits can be cancelled; asked for again, it goes out', async () => {
    const t = await readySite();
    t.arm('house', 'armed');
    await t.pass(10);
    await given(t, '0001', house);
    await t.pass(100);
    const row = () => [...t.admin.directory.confirmationsAt(ids.panel).values()][0];
    await t.admin.confirmations.cancel(row()?.id ?? '', { dry_run: false });
    t.arm('house', 'disarmed');
    await t.pass(60_000);
    expect(row()).toMatchObject({ state: 'failed', reason: 'cancelled', slot: null });
    expect(t.panel.deeds).toEqual([]);
    await t.admin.confirmations.retry(row()?.id ?? '', { dry_run: false });
    await t.pass(100);
    expect(row()).toMatchObject({ state: 'confirmed' });
  });

  test('one that is cancelled before its start stays so over restarts and at its start, and is known by its start', async () => {
    const t = await readySite();
    const { user } = await given(t, '0001');
    const start = at(t, 3_600_000);
    const { object: access } = await t.admin.access.create(
      way(user.id, house, { valid_from: start }),
      write(),
    );
    const row = () => [...t.admin.directory.confirmationsAt(ids.panel).values()][0];
    await t.admin.confirmations.cancel(row()?.id ?? '', { dry_run: false });
    await t.restartBoth();
    await t.pass(60_000);
    expect(row()).toMatchObject({ state: 'failed', reason: 'cancelled' });
    await t.pass(3_600_000);
    expect(row()).toMatchObject({ state: 'failed', reason: 'cancelled' });
    expect(t.panel.deeds).toEqual([]);
    await t.admin.access.update(access.id, { valid_from: at(t, 60_000) }, write());
    expect(row()).toMatchObject({ state: 'pending', reason: 'not_yet_due' });
  });

  test('asked for again before its start, a change is what it was, and waits for it', async () => {
    const t = await readySite();
    const { user } = await given(t, '0001');
    await t.admin.access.create(way(user.id, house, { valid_from: at(t, 60_000) }), write());
    const row = () => [...t.admin.directory.confirmationsAt(ids.panel).values()][0];
    const before = row();
    const view = await t.admin.confirmations.retry(before?.id ?? '', { dry_run: false });
    expect(view).toMatchObject({ reason: 'not_yet_due', next_attempt_at: at(t, 60_000) });
    await t.pass(30_000);
    expect(row()).toMatchObject({ revision: before?.revision, reason: 'not_yet_due' });
    expect(t.panel.deeds).toEqual([]);
  });

  test('a panel that can be programmed while armed is, from its firmware on', async () => {
    const t = await readySite({ programsWhileArmedFrom: '1.0' });
    t.arm('house', 'armed');
    await given(t, '0001', house);
    await t.pass(100);
    expect(t.panel.deeds).toHaveLength(1);
  });
});

describe('codes nobody here made', () => {
  test('are listed, not written over and not wiped; the same code is taken over where it is', async () => {
    const t = await programmedSite();
    t.panel.codes.set(1, '7777');
    t.panel.codes.set(2, '8888');
    await t.pass(2_000);
    const unmanaged = () => t.admin.holders.slots(ids.panel).filter(({ state }) => state === 'unmanaged');
    expect(unmanaged().map(({ slot }) => slot)).toEqual([1, 2]);
    await given(t, '0123', house);
    await given(t, '8888', house);
    await t.pass(200);
    expect([...t.panel.codes]).toEqual([
      [1, '7777'],
      [2, '8888'],
      [3, '0123'],
    ]);
    expect(unmanaged().map(({ slot }) => slot)).toEqual([1]);
  });

  test('can be adopted for somebody who has access there, and for nobody else', async () => {
    const t = await programmedSite();
    t.panel.codes.set(4, '7777');
    await t.pass(2_000);
    const { object: user } = await t.admin.users.create(person(), write());
    const adopt = async () => {
      const adopted = t.admin.holders.adopt(ids.panel, 4, user.id, write());
      adopted.catch(() => {});
      await t.pass(100);
      return adopted;
    };
    await expect(adopt()).rejects.toMatchObject({ code: 'invalid_input' });
    await t.admin.access.create(way(user.id, house), write());
    expect((await adopt()).object).toMatchObject({ user_id: user.id, kind: 'pin' });
    await t.pass(200);
    expect(t.admin.holders.slots(ids.panel)[3]).toMatchObject({ state: 'ours', user_id: user.id });
    expect([...t.panel.codes]).toEqual([[4, '7777']]);
  });

  test.each([
    ['overwrite', '0123', { state: 'confirmed' }],
    ['leave', '9999', { state: 'failed', reason: 'changed_on_device' }],
    ['adopt', '9999', { state: 'confirmed' }],
  ] as const)('a code changed on the device: %s', async (changed_on_device, held, expected) => {
    const t = await readySite({ rules: { changed_on_device } });
    const { code } = await given(t, '0123', house);
    await t.pass(100);
    t.panel.codes.set(1, '9999');
    t.panel.report({ type: 'changed_by_hand', slot: 1 });
    await t.pass(2_000);
    expect(t.panel.codes.get(1)).toBe(held);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([expected]);
    expect((await t.feed()).filter((type) => type === 'holder.slot_changed')).toHaveLength(1);
    const key = t.admin.directory.credentials.get(code.id)?.key;
    expect(key).toBe(changed_on_device === 'adopt' ? 'pin:9999' : 'pin:3210');
    // Whatever was put into somebody's slot goes when that person does.
    await t.admin.credentials.remove(code.id, write());
    await t.pass(2_000);
    expect([...t.panel.codes]).toEqual([]);
  });

  test('a masked answer changes nothing that is known, and causes no write', async () => {
    const t = await readySite();
    await given(t, '0123', house);
    await t.pass(100);
    t.panel.is.masks = true;
    t.panel.codes.set(1, '9999');
    t.panel.report({ type: 'changed_by_hand', slot: null });
    await t.pass(600_000);
    expect(t.panel.deeds).toEqual(['write 1 0123']);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([
      { state: 'confirmed' },
    ]);
  });
});

describe('restarts', () => {
  test('with nothing changed write no code, and tell nothing', async () => {
    const t = await readySite();
    await given(t, '0123', house, front);
    t.applied();
    await t.pass(500);
    const feed = (await t.feed()).length;
    for (const both of [false, true]) {
      if (both) await t.restartBoth();
      else await t.restartAdmin();
      t.applied();
      await t.pass(3_600_000);
    }
    expect([t.panel.deeds, t.lock.deeds]).toEqual([['write 1 0123'], ['write 1 0123']]);
    expect((await t.feed()).slice(feed).filter((type) => type.startsWith('confirmation.'))).toEqual([]);
  });

  test('an order that nobody knows any more is an unknown result: the slot is read before anything is sent', async () => {
    const t = await readySite();
    await given(t, '0123', house);
    await t.pass(5);
    expect(t.panel.deeds).toEqual([]);
    await t.restartBoth();
    await t.pass(1_000);
    expect(t.panel.deeds).toEqual(['write 1 0123']);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([
      { state: 'confirmed', attempt: 0 },
    ]);
  });

  test('an admin process that dies finds the result of its order in the journal', async () => {
    const t = await readySite();
    await given(t, '0123', house);
    await t.pass(5);
    await t.restartAdmin();
    await t.pass(1_000);
    expect(t.panel.deeds).toEqual(['write 1 0123']);
    expect([...t.admin.directory.confirmationsAt(ids.panel).values()]).toMatchObject([
      { state: 'confirmed' },
    ]);
  });
});

test('at most eight orders are open at a device, and each is kept as sent before it is', async () => {
  const t = await readySite({ panel: { capacity: 99 } });
  t.panel.is.busy = true;
  for (let i = 0; i < 30; i++) await given(t, `${1000 + i}`, house);
  await t.pass(1);
  const open = [...t.admin.directory.slotsOf(ids.panel).values()].filter(({ order }) => order !== null);
  expect(open.length).toBe(8);
  t.panel.is.busy = false;
  await t.pass(120_000);
  expect(t.panel.codes.size).toBe(30);
});

test('no secret is in a row, a slot as shown, or the feed', async () => {
  const t = await readySite();
  await given(t, '867530', house, front);
  await t.pass(500);
  const seen = JSON.stringify([
    t.admin.confirmations.list({ limit: 500, after: null }, {}),
    t.admin.holders.list(),
    t.admin.holders.slots(ids.panel),
    await t.store.feed(0, 1_000),
    t.journal,
  ]);
  expect(seen).toContain('confirmation.confirmed');
  expect(seen).not.toContain('867530');
});
