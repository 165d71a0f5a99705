import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/error.ts';
import { restoredDevices } from '../../../src/core/restored-devices.ts';
import { siteAndKnown } from '../../../src/core/slot-holder.ts';
import type { Change } from '../../../src/schema/storage.ts';
import { doors, person, pin, way, write } from '../resources.ts';
import { ids, type ProgrammedSite, programmedSite } from './programmed-site.ts';

/** Devices after a restore: what they hold is read, and only what differs is written. */

const front = { door_id: doors.front } as const;

async function given(t: ProgrammedSite, digits: string) {
  const { object: user } = await t.admin.users.create(person(), write());
  const { object: code } = await t.admin.credentials.create(pin(user.id, digits), write());
  await t.admin.access.create(way(user.id, front), write());
  await t.pass(1_000);
  return { user, code };
}

async function site(lock: Parameters<typeof programmedSite>[0] = {}) {
  const t = await programmedSite({ panel: null, ...lock });
  await t.pass(2_000);
  return t;
}

async function backupOf(t: ProgrammedSite): Promise<Change[]> {
  const all: Change[] = [];
  await t.store.load((change) => all.push(change));
  return all;
}
const devicesOf = (all: readonly Change[]) => ({
  slots: new Map(
    all.flatMap(({ kind, id, after }) => (kind === 'slot' && after !== null ? [[id, after]] : [])),
  ),
  confirmations: new Map(
    all.flatMap(({ kind, id, after }) => (kind === 'confirmation' && after !== null ? [[id, after]] : [])),
  ),
});

/** Stops, puts the backup in place of everything, and starts. `known`: the database that is replaced can be read. */
async function restore(t: ProgrammedSite, backup: readonly Change[], known: boolean): Promise<void> {
  t.lock.deeds.length = 0;
  let ids = 0;
  await t.restartBoth(async () => {
    const present = await backupOf(t);
    const devices = restoredDevices(devicesOf(backup), known ? devicesOf(present) : null, {
      holders: siteAndKnown(t.site, known ? t.admin.directory.holders.values() : []),
      now: t.clock.wall(),
      newId: () => `restored-${++ids}`,
    });
    const gone = present.map((one) => ({ ...one, before: one.after, after: null }) as Change);
    const kept = backup.filter(({ kind }) => kind !== 'slot' && kind !== 'confirmation');
    const slots = devices.slots.map((after): Change => ({ kind: 'slot', id: after.id, before: null, after }));
    const rows = devices.confirmations.map(
      (after): Change => ({ kind: 'confirmation', id: after.id, before: null, after }),
    );
    await t.store.commit({ changes: [...gone, ...kept, ...slots, ...rows], feed: [] });
  });
  await t.pass(5_000);
}
const held = (t: ProgrammedSite): string[] => [...t.lock.codes.values()].sort();
const states = (t: ProgrammedSite): string[] =>
  t
    .rows()
    .filter(({ holder_id }) => holder_id === ids.lock)
    .map(({ state, reason }) => reason ?? state)
    .sort();

test.each([true, false])(
  'a lock that holds what the backup says is read and not written (known: %s)',
  async (known) => {
    const t = await site();
    await given(t, '0123');
    await given(t, '4567');
    const backup = await backupOf(t);
    await restore(t, backup, known);
    expect(t.lock.deeds).toEqual([]);
    expect(states(t)).toEqual(['confirmed', 'confirmed']);
    expect(t.rows().find(({ holder_id }) => holder_id === ids.lock)?.evidence).toHaveProperty('read_back');
  },
);

test('a code made since the backup is removed, one removed since is back, one changed since is as before', async () => {
  const t = await site();
  const removed = await given(t, '1111');
  const changed = await given(t, '2222');
  const backup = await backupOf(t);
  await t.admin.credentials.remove(removed.code.id, write());
  await t.admin.credentials.remove(changed.code.id, write());
  await t.pass(1_000);
  await t.admin.credentials.create(pin(changed.user.id, '3333'), write());
  await given(t, '4444');
  expect(held(t)).toEqual(['3333', '4444']);
  await restore(t, backup, true);
  expect(held(t)).toEqual(['1111', '2222']);
  expect(states(t)).toEqual(['confirmed', 'confirmed']);
});

test('on a new controller codes made since the backup are found and told, and nothing is written over them', async () => {
  const t = await site();
  await given(t, '1111');
  const backup = await backupOf(t);
  await given(t, '4444');
  await restore(t, backup, false);
  expect(t.lock.deeds).toEqual([]);
  expect(held(t)).toEqual(['1111', '4444']);
  const lock = t.admin.holders.list().find(({ id }) => id === ids.lock);
  expect(lock).toMatchObject({ used: 2 });
  expect(t.admin.holders.slots(ids.lock).filter(({ state }) => state === 'unmanaged')).toHaveLength(1);
});

test('a code that somebody made on the lock itself stays where it is, also in a slot that was just being looked at', async () => {
  const t = await programmedSite({ panel: null });
  t.lock.codes.set(5, '9999');
  await t.pass(30);
  const backup = await backupOf(t);
  expect(devicesOf(backup).slots.size).toBeGreaterThan(0);
  await restore(t, backup, true);
  await t.pass(60_000);
  expect([t.lock.deeds, held(t)]).toEqual([[], ['9999']]);
});

test('a code that was on its way when the backup was made is looked for before it is sent', async () => {
  const t = await site();
  t.lock.become('offline');
  await given(t, '1111');
  const backup = await backupOf(t);
  t.lock.become('online');
  await t.pass(1_000);
  expect(held(t)).toEqual(['1111']);
  await restore(t, backup, true);
  expect([t.lock.deeds, states(t)]).toEqual([[], ['confirmed']]);
});

test('a removal that was under way goes on, and does not take what is there for it', async () => {
  const t = await site();
  const { code } = await given(t, '1111');
  t.lock.become('offline');
  await t.admin.credentials.remove(code.id, write());
  await t.pass(1_000);
  const backup = await backupOf(t);
  t.lock.become('online');
  await t.pass(1_000);
  expect(held(t)).toEqual([]);
  await restore(t, backup, true);
  expect([t.lock.deeds, states(t)]).toEqual([[], []]);
});

test('a lock that cannot be read is not written when the replaced database proves what it holds, and is otherwise', async () => {
  const lock = { reads: 'nothing', confirm_at: 'acknowledged', removal_proof: 'acknowledged' } as const;
  const t = await site({ lock, rules: { quarantine_ms: 0 } });
  await given(t, '1111');
  const backup = await backupOf(t);
  await restore(t, backup, true);
  expect([t.lock.deeds, states(t)]).toEqual([[], ['confirmed']]);
  await restore(t, backup, false);
  expect([t.lock.deeds, states(t)]).toEqual([['write 1 1111'], ['confirmed']]);
});

const refused = (error: unknown): void => {
  if (!(error instanceof AppError) || error.code !== 'pin_in_use') throw error;
};
const deed = fc.oneof(
  fc.record({ do: fc.constant('add' as const), n: fc.nat(7) }),
  fc.record({ do: fc.constant('remove' as const), n: fc.nat(7) }),
  fc.record({ do: fc.constant('lose' as const), answers: fc.boolean() }),
  fc.record({ do: fc.constantFrom('offline' as const, 'online' as const, 'wait' as const) }),
);

test('whatever has happened before and after the backup, the lock ends with the codes of the backup, and all rows say so', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { maxLength: 8 }),
      fc.array(deed, { maxLength: 8 }),
      async (before, after) => {
        const t = await site();
        const made = new Map<number, string>();
        const carryOut = async (deeds: typeof before): Promise<void> => {
          for (const one of deeds) {
            switch (one.do) {
              case 'add':
                // A PIN whose removal is not proved yet is refused, and then it is not there.
                if (!made.has(one.n)) {
                  await given(t, `${1000 + one.n}`).then(
                    ({ code }) => void made.set(one.n, code.id),
                    refused,
                  );
                }
                break;
              case 'remove': {
                const id = made.get(one.n);
                made.delete(one.n);
                if (id !== undefined) await t.admin.credentials.remove(id, write());
                break;
              }
              case 'lose':
                if (one.answers) t.lock.is.losesAnswers = 1;
                else t.lock.is.losesWrites = 1;
                break;
              case 'wait':
                await t.pass(40_000);
                break;
              default:
                t.lock.become(one.do);
            }
          }
        };
        await carryOut(before);
        const backup = await backupOf(t);
        const wanted = [...made.keys()].map((n) => `${1000 + n}`).sort();
        await carryOut(after);
        t.lock.become('online');
        t.lock.is.losesAnswers = 0;
        t.lock.is.losesWrites = 0;
        await restore(t, backup, true);
        await t.pass(600_000);
        expect(held(t)).toEqual(wanted);
        expect(states(t)).toEqual(wanted.map(() => 'confirmed'));
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('a code that came after the backup into a lock that has left the site file is not forgotten: its PIN stays taken', async () => {
  const t = await site();
  const backup = await backupOf(t);
  await given(t, '0123');
  await t.rewire({ lock: null });
  await t.pass(1_000);
  await restore(t, backup, true);
  await t.pass(1_000);
  expect(t.admin.holders.get(ids.lock)).toMatchObject({ state: 'gone', stored: 1 });
  await expect(given(t, '0123')).rejects.toMatchObject({ code: 'pin_in_use' });
  await t.rewire({ lock: {} });
  await t.pass(60_000);
  expect(t.lock.codes.size).toBe(0);
});
