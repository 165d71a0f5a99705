import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AppError } from '../../../src/core/error.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { FakeHolder } from '../../support/fake-holder.ts';
import { doors, person, pin, way, write } from '../resources.ts';
import { ids, programmedSite } from './programmed-site.ts';

/** What can happen to a site. Numbers choose among what there is. */
const person_ = fc.nat(4);
const device = fc.constantFrom('panel' as const, 'lock' as const);
const deed = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), who: person_ }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('edit' as const), who: person_ }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('revoke' as const), who: person_ }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('suspend' as const), who: person_, on: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('access' as const),
      who: person_,
      to: fc.nat(2),
      on: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('arm' as const),
      which: fc.constantFrom('house' as const, 'yard' as const),
      state: fc.constantFrom('armed' as const, 'unknown' as const, 'disarmed' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('state' as const),
      device,
      is: fc.constantFrom('online' as const, 'offline' as const, 'asleep' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lose' as const), device, answer: fc.boolean(), n: fc.nat(4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      device,
      what: fc.constantFrom('busy' as const, 'misconfigured' as const, 'full' as const, 'masks' as const),
      on: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('by_hand' as const), device, slot: fc.nat(3), set: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('retry' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), both: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(3, 15, 40, 1_000, 35_000, 200_000),
    }),
  },
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

const targets = [{ partition: 'house' }, { partition: 'yard' }, { door_id: doors.front }] as const;

/** Everybody's wishes as the test knows them, beside the site that is to follow them. */
async function world(sleeps: boolean) {
  const traits = { capacity: 4, reserved_slots: [1], code_lengths: [6] };
  const t = await programmedSite({
    panel: traits,
    lock: { ...traits, sleeps, removal_proof: 'acknowledged' },
    rules: { changed_on_device: 'overwrite' },
  });
  const people: { user: string; code: string | null }[] = [];
  for (let i = 0; i < 5; i++) {
    people.push({
      user: (await t.admin.users.create(person({ last_name: `P${i}` }), write())).object.id,
      code: null,
    });
  }
  let pins = 100_000;
  /** Whose each PIN is that was ever given. */
  const owners = new Map<string, string>();
  /** Slots somebody was at by hand, since the last proof. */
  const touched = new Set<string>();
  const nextPin = (): string => `${pins++}`;
  const device = (name: 'panel' | 'lock'): FakeHolder => t[name];

  watch(t.panel, owners, touched, 'panel');
  watch(t.lock, owners, touched, 'lock');

  async function run(one: Deed): Promise<void> {
    switch (one.do) {
      case 'create': {
        const who = people[one.who];
        if (who === undefined || who.code !== null) return;
        const digits = nextPin();
        const { object } = await t.admin.credentials.create(pin(who.user, digits), write());
        owners.set(digits, object.id);
        who.code = object.id;
        return;
      }
      case 'edit': {
        const who = people[one.who];
        if (who?.code == null) return;
        const digits = nextPin();
        await t.admin.credentials.update(who.code, { value: new Secret(digits) }, write());
        owners.set(digits, who.code);
        return;
      }
      case 'revoke': {
        const who = people[one.who];
        if (who?.code == null) return;
        await t.admin.credentials.remove(who.code, write());
        who.code = null;
        return;
      }
      case 'suspend':
        await t.admin.users.setSuspended(people[one.who]?.user ?? '', one.on, write());
        return;
      case 'access': {
        const { user } = people[one.who] ?? { user: '' };
        const target = targets[one.to] ?? targets[0];
        const had = t.admin.directory
          .accessOf(user)
          .find((access) => JSON.stringify(access.target) === JSON.stringify(target));
        if (one.on && had === undefined) await t.admin.access.create(way(user, target), write());
        if (!one.on && had !== undefined) await t.admin.access.remove(had.id, write());
        return;
      }
      case 'arm':
        t.arm(one.which, one.state);
        return;
      case 'state':
        device(one.device).become(one.is);
        return;
      case 'lose':
        if (one.answer) device(one.device).is.losesAnswers = one.n;
        else device(one.device).is.losesWrites = one.n;
        return;
      case 'fault':
        device(one.device).is[one.what] = one.on;
        return;
      case 'by_hand': {
        const { codes, report } = device(one.device);
        const slot = 2 + (one.slot % 3);
        touched.add(`${one.device} ${slot}`);
        if (one.set) codes.set(slot, '999999');
        else codes.delete(slot);
        report({ type: 'changed_by_hand', slot });
        return;
      }
      case 'retry':
        for (const row of t.rows()) {
          if (row.state === 'failed') await t.admin.confirmations.retry(row.id, { dry_run: false });
        }
        return;
      case 'cancel':
        for (const row of t.rows()) {
          if (row.state !== 'pending') continue;
          await t.admin.confirmations.cancel(row.id, { dry_run: false }).catch(only('not_waiting'));
        }
        return;
      case 'restart':
        if (one.both) await t.restartBoth();
        else await t.restartAdmin();
        return;
      case 'pass':
        await t.pass(one.ms);
        return;
    }
  }

  return { t, people, owners, touched, run: (one: Deed) => run(one).catch(only('system_full')) };
}

const only = (code: string) => (error: AppError) => {
  if (error.code !== code) throw error;
};

/** A slot that holds somebody's code is never given to somebody else. */
function watch(
  device: FakeHolder,
  owners: ReadonlyMap<string, string>,
  touched: Set<string>,
  name: string,
): void {
  const { codes } = device;
  const set = codes.set.bind(codes);
  codes.set = (slot, digits) => {
    const [before, now] = [owners.get(codes.get(slot) ?? ''), owners.get(digits)];
    if (now !== undefined && before !== undefined && before !== now)
      throw new Error(`slot ${slot} of ${name} was given on before it was free`);
    if (now !== undefined) touched.delete(`${name} ${slot}`);
    return set(slot, digits);
  };
}

function check({ t, owners, touched }: Awaited<ReturnType<typeof world>>): void {
  expect(t.breaches).toEqual([]);
  const { directory } = t.admin;
  for (const [holder, device, name] of [
    [ids.panel, t.panel, 'panel'],
    [ids.lock, t.lock, 'lock'],
  ] as const) {
    const given = [...directory.slotsOf(holder).values()].flatMap(({ credential_id }) => credential_id ?? []);
    expect(new Set(given).size, 'one slot for one credential').toBe(given.length);
    const held = [...device.codes].flatMap(([, digits]) => owners.get(digits) ?? []);
    expect(new Set(held).size, 'one code of one credential on a device').toBe(held.length);
    for (const row of directory.confirmationsAt(holder).values()) {
      expect(
        directory.confirmationsOf(row.credential_id).filter((one) => one.holder_id === holder),
      ).toHaveLength(1);
      if (row.state !== 'confirmed' || row.slot === null || touched.has(`${name} ${row.slot}`)) continue;
      expect(owners.get(device.codes.get(row.slot) ?? ''), 'confirmed is what the device holds').toBe(
        row.credential_id,
      );
      expect(row.evidence.read_back ?? 0, 'confirmed by proof').toBeGreaterThan(0);
      expect(directory.credentials.get(row.credential_id)?.key).toBe(row.key);
    }
    expect(device.codes.has(1), 'a reserved slot is never written').toBe(false);
  }
}

/** The devices behave again, everything that failed is asked for again, and time passes. */
async function heal({ t }: Awaited<ReturnType<typeof world>>): Promise<void> {
  t.arm('house', 'disarmed');
  t.arm('yard', 'disarmed');
  for (const device of [t.panel, t.lock]) {
    Object.assign(device.is, {
      busy: false,
      misconfigured: false,
      full: false,
      masks: false,
      losesWrites: 0,
      losesAnswers: 0,
    });
    device.become('online');
    device.report({ type: 'configured' });
    device.report({ type: 'changed_by_hand', slot: null });
  }
  await t.pass(1_300_000);
  for (const row of t.rows()) {
    if (row.state === 'failed' && row.reason !== 'slots_full')
      await t.admin.confirmations.retry(row.id, { dry_run: false });
  }
  await t.pass(1_300_000);
  t.applied();
  await t.pass(1_000);
}

function settled({ t, owners }: Awaited<ReturnType<typeof world>>): void {
  const { directory } = t.admin;
  const usable = ({ blocked, user_id }: { blocked: boolean; user_id: string }) =>
    !blocked && directory.users.get(user_id)?.suspended === false;
  for (const [holder, device, isFor] of [
    [ids.panel, t.panel, (target: object) => 'partition' in target],
    [ids.lock, t.lock, (target: object) => 'door_id' in target],
  ] as const) {
    const wanted = [...directory.credentials.values()].filter(
      (one) => usable(one) && directory.accessOf(one.user_id).some(({ target }) => isFor(target)),
    );
    const rows = [...directory.confirmationsAt(holder).values()];
    expect(rows.map(({ credential_id }) => credential_id).sort()).toEqual(wanted.map(({ id }) => id).sort());
    const states = rows.map(({ state, reason }) => (state === 'confirmed' ? state : reason));
    expect(
      states.every((state) => state === 'confirmed' || state === 'slots_full'),
      states.join(),
    ).toBe(true);
    // Full only if it really is: by ours, and by what was found there.
    if (states.includes('slots_full')) expect(device.codes.size).toBe(3);
    const confirmed = rows
      .filter(({ state }) => state === 'confirmed')
      .map(({ credential_id }) => credential_id);
    const held = [...device.codes.values()].flatMap((digits) => owners.get(digits) ?? []);
    expect(held.sort(), 'nobody else is stored').toEqual(confirmed.sort());
    for (const slot of directory.slotsOf(holder).values())
      expect(slot.order, 'no order is left open').toBeNull();
  }
}

test('whatever happens: one slot for one credential, none reused before it is proved free, none confirmed without proof, no byte to an armed panel; and in the end all settles', async () => {
  const kinds = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(deed, { minLength: 8, maxLength: 40 }), async (sleeps, deeds) => {
      const w = await world(sleeps);
      for (const user of [0, 1, 2]) {
        await w.run({ do: 'access', who: user, to: user, on: true });
        await w.run({ do: 'access', who: user, to: 2, on: true });
      }
      for (const one of deeds) {
        await w.run(one);
        check(w);
      }
      await heal(w);
      check(w);
      settled(w);
      for (const { type } of await w.t.store.feed(0, 10_000)) kinds.set(type, (kinds.get(type) ?? 0) + 1);
      w.t.admin.end();
    }),
    { numRuns: Number(process.env['HISTORIES'] ?? 1_000) },
  );
  // The histories are such that there was something to get wrong.
  for (const kind of ['confirmed', 'failed', 'removed', 'pending']) {
    expect(kinds.get(`confirmation.${kind}`) ?? 0, kind).toBeGreaterThan(100);
  }
}, 120_000);
