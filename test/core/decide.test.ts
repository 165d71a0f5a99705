import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyTable, putRow } from '../../src/core/access-table.ts';
import { type DoorSituation, decide } from '../../src/core/decide.ts';
import type { Reason } from '../../src/core/decision.ts';
import { placeOf } from '../../src/core/key-index.ts';
import type { CredentialRow, GrantRow, TableRow } from '../../src/core/table-row.ts';
import { doorModes } from '../../src/core/timetable.ts';
import {
  changed,
  credentialRow,
  doorIds,
  grantRow,
  instants,
  keys,
  type RowMap,
  rowChange,
  userIds,
  userRow,
} from '../support/table-rows.ts';
import { naiveReason } from './naive-decide.ts';

const quiet: DoorSituation = {
  restricted: false,
  locked_out: false,
  after_outage: false,
  used: () => 0,
  latest: 0,
  clock_doubted: false,
  mode: 'normal',
  card_of: null,
};
const request = { door: 'door-a', kind: 'pin', key: 'k', now: 20 } as const;

/** Everything that can be wrong at once, each under its own name; none of it: granted. */
const faults = {
  no_table: false,
  locked_out: false,
  read_during_outage: false,
  wrong_pin: false,
  draft: false,
  blocked: false,
  suspended: false,
  expired: false,
  not_yet_valid: false,
  no_uses_left: false,
  not_this_door: false,
  holiday: false,
  outside_schedule: false,
  clock_not_trusted: false,
  door_disabled: false,
  restricted_while_armed: false,
  second_factor_needed: false,
};
type Faults = typeof faults;

function decideWith(wrong: Partial<Faults>) {
  const user = userRow('u', {
    suspended: wrong.suspended === true,
    until: wrong.expired === true ? 20 : null,
    credentials: [
      credentialRow(wrong.wrong_pin === true ? 'other' : 'k', {
        draft: wrong.draft === true,
        blocked: wrong.blocked === true,
        from: wrong.not_yet_valid === true ? 21 : null,
        uses: wrong.no_uses_left === true ? { max: 1, used: 1, generation: 1 } : null,
      }),
    ],
    grants: [grantRow({ door: wrong.not_this_door === true ? 'door-b' : 'door-a' }, { schedule: 's1' })],
  });
  const shut = Float64Array.of(0);
  const schedule: TableRow = {
    row: 'schedule',
    id: 's1',
    from: 0,
    until: 100,
    edges: wrong.outside_schedule === true || wrong.holiday === true ? new Float64Array() : shut,
    holiday_edges: wrong.holiday === true ? shut : new Float64Array(),
  };
  const table = emptyTable(doorIds);
  putRow(table, user);
  putRow(table, schedule);
  return decide(wrong.no_table === true ? null : table, request, {
    ...quiet,
    locked_out: wrong.locked_out === true,
    after_outage: wrong.read_during_outage === true,
    clock_doubted: wrong.clock_not_trusted === true,
    restricted: wrong.restricted_while_armed === true,
    mode:
      wrong.door_disabled === true
        ? 'disabled'
        : wrong.second_factor_needed === true
          ? 'card_and_pin'
          : 'normal',
  });
}

function decideFor(credential: Partial<CredentialRow>, grants: GrantRow[], situation = quiet, now = 20) {
  const table = emptyTable(doorIds);
  putRow(table, userRow('u', { credentials: [credentialRow('k', credential)], grants }));
  return decide(table, { ...request, now }, situation);
}

describe('reasons', () => {
  const order = Object.keys(faults) as (keyof Faults)[];

  test('nothing wrong: granted, with names', () => {
    expect(decideWith({})).toEqual({
      granted: true,
      reason: 'granted',
      user_id: 'u',
      credential_id: 'credential-of-k',
      duress: false,
      use: null,
    });
  });

  test.each(order)('%s alone is the reason', (fault) => {
    expect(decideWith({ [fault]: true })).toMatchObject({ granted: false, reason: fault, use: null });
  });

  test('of several, the first of the documented order', () => {
    fc.assert(
      fc.property(fc.subarray(order, { minLength: 1 }), (wrong) => {
        const first = order.find((fault) => wrong.includes(fault));
        expect(decideWith(Object.fromEntries(wrong.map((fault) => [fault, true]))).reason).toBe(first);
      }),
    );
  });

  test('an unknown token is an unknown credential', () => {
    expect(decide(emptyTable(doorIds), { ...request, kind: 'token' }, quiet).reason).toBe(
      'unknown_credential',
    );
  });

  test("a PIN that is nobody's has nothing of the one who stands in for it", () => {
    const table = emptyTable(doorIds);
    const uses = { max: 2, used: 0, generation: 1 };
    const credentials = [credentialRow('somebody', { duress: true, uses })];
    putRow(table, userRow('u', { credentials, grants: [grantRow({ door: 'door-a' })] }));
    expect(placeOf(table.credentials, 'anybody')).toBe(~0);
    expect(decide(table, { ...request, key: 'anybody' }, quiet)).toEqual({
      granted: false,
      reason: 'wrong_pin',
      user_id: null,
      credential_id: null,
      duress: false,
      use: null,
    });
  });

  test('a locked-out keypad still lets cards in', () => {
    const table = emptyTable(doorIds);
    const grants = [grantRow({ door: 'door-a' })];
    putRow(table, userRow('u', { credentials: [credentialRow('k')], grants }));
    const lockedOut = { ...quiet, locked_out: true };
    expect(decide(table, { ...request, kind: 'token' }, lockedOut).granted).toBe(true);
    expect(decide(table, request, lockedOut).reason).toBe('locked_out');
  });

  test('no table is neither nobody nor everybody, and names no one', () => {
    expect(decideWith({ no_table: true })).toMatchObject({ user_id: null, credential_id: null });
  });
});

describe('time', () => {
  const open = [grantRow({ door: 'door-a' })];

  test.each<[number, Reason]>([
    [9, 'not_yet_valid'],
    [10, 'granted'],
    [19, 'granted'],
    [20, 'expired'],
  ])('at %i, valid from 10 until 20: %s; the start is included, the end is not', (now, reason) => {
    const period = { from: 10, until: 20 };
    expect(decideFor(period, open, quiet, now).reason).toBe(reason);
    expect(decideFor({}, [grantRow({ door: 'door-a' }, period)], quiet, now).reason).toBe(reason);
  });

  test.each<[string, GrantRow[], Reason]>([
    [
      'one over, one to come',
      [grantRow({ door: 'door-a' }, { until: 1 }), grantRow({ door: 'door-a' }, { from: 30 })],
      'not_yet_valid',
    ],
    [
      'one over, one in force',
      [grantRow({ door: 'door-a' }, { until: 1 }), grantRow({ door: 'door-a' })],
      'granted',
    ],
    [
      'one over, one elsewhere',
      [grantRow({ door: 'door-a' }, { until: 1 }), grantRow({ door: 'door-b' })],
      'expired',
    ],
    ['none', [], 'not_this_door'],
  ])('ways to the door, %s', (_, grants, reason) => {
    expect(decideFor({}, grants).reason).toBe(reason);
  });
});

describe('a clock that is wrong', () => {
  const doubted = { ...quiet, clock_doubted: true };
  const schedule: TableRow = {
    row: 'schedule',
    id: 's1',
    from: 0,
    until: 100,
    edges: Float64Array.of(15),
    holiday_edges: new Float64Array(),
  };

  test('ends are judged by the highest time known, beginnings and schedules by now', () => {
    const later = { ...quiet, latest: 60 };
    const table = emptyTable(doorIds);
    putRow(table, schedule);
    const grants = [grantRow({ door: 'door-a' }, { schedule: 's1', from: 18 })];
    putRow(table, userRow('u', { credentials: [credentialRow('k')], grants }));
    const reasonAt = (now: number) => decide(table, { ...request, now }, later).reason;
    expect([reasonAt(14), reasonAt(17), reasonAt(18)]).toEqual(['not_yet_valid', 'not_yet_valid', 'granted']);
    const open = [grantRow({ door: 'door-a' })];
    expect(decideFor({ until: 60 }, open, later).reason).toBe('expired');
    expect(decideFor({ until: 61 }, open, later).reason).toBe('granted');
    expect(decideFor({}, [grantRow({ door: 'door-a' }, { until: 60 })], later).reason).toBe('expired');
  });

  test('a door that wants a clock to be believed refuses dates and schedules without one, and nothing else', () => {
    const open = [grantRow({ door: 'door-a' })];
    const dated = [grantRow({ door: 'door-a' }, { until: 60 })];
    expect(decideFor({}, open, doubted).reason).toBe('granted');
    expect(decideFor({ until: 60 }, open, doubted).reason).toBe('clock_not_trusted');
    expect(decideFor({ from: 1 }, open, doubted).reason).toBe('clock_not_trusted');
    expect(decideFor({}, dated, doubted).reason).toBe('clock_not_trusted');
    expect(decideFor({}, [...dated, ...open], doubted).reason).toBe('granted');
    expect(decideFor({ until: 60 }, dated, quiet).reason).toBe('granted');
  });
});

describe('a number of uses', () => {
  const grants = [grantRow({ door: 'door-a' })];
  const uses = { max: 3, used: 1, generation: 4 };

  test.each([
    [0, 2],
    [1, 2],
    [2, 3],
  ])('the door has seen %i: granting is use %i', (seen, use) => {
    const used = (id: string, generation: number) =>
      id === 'credential-of-k' && generation === 4 ? seen : 99;
    expect(decideFor({ uses }, grants, { ...quiet, used }).use).toEqual({ generation: 4, used: use });
  });

  test('what the door has seen counts before the table knows it', () => {
    expect(decideFor({ uses }, grants, { ...quiet, used: () => 3 }).reason).toBe('no_uses_left');
  });

  test('a refusal uses nothing up', () => {
    expect(decideFor({ uses }, []).use).toBeNull();
    expect(decideFor({ uses }, grants, { ...quiet, restricted: true }).use).toBeNull();
  });
});

describe('card and PIN', () => {
  const grants = [grantRow({ door: 'door-a' })];
  const at = (
    kind: 'pin' | 'token',
    more: Partial<DoorSituation> = {},
    uses: CredentialRow['uses'] = null,
  ) => {
    const table = emptyTable(doorIds);
    putRow(table, userRow('u', { credentials: [credentialRow('k', { uses })], grants }));
    return decide(table, { ...request, kind }, { ...quiet, mode: 'card_and_pin', ...more });
  };

  test('the PIN of whose card was shown opens; a card alone, a PIN alone and a PIN of somebody else do not', () => {
    expect(at('pin', { card_of: 'u' })).toMatchObject({ granted: true, reason: 'granted' });
    const rest = [at('token'), at('token', { card_of: 'u' }), at('pin'), at('pin', { card_of: 'other' })];
    for (const one of rest) expect(one).toMatchObject({ granted: false, reason: 'second_factor_needed' });
  });

  test('the card names what its use will be, a PIN that does not open names none', () => {
    const uses = { max: 2, used: 0, generation: 1 };
    expect(at('token', {}, uses).use).toEqual({ generation: 1, used: 1 });
    expect(at('pin', {}, uses).use).toBeNull();
  });

  test('at a keypad that is locked out a card is not asked for its PIN', () => {
    expect(at('token', { locked_out: true }).reason).toBe('locked_out');
    expect(at('token', { locked_out: true, mode: 'normal' }).reason).toBe('granted');
  });

  test('a door that stands unlocked judges as a normal one', () => {
    expect(at('token', { mode: 'unlocked' }).reason).toBe('granted');
    expect(at('pin', { mode: 'unlocked', restricted: true }).reason).toBe('restricted_while_armed');
  });
});

describe('duress', () => {
  const grants = [grantRow({ door: 'door-a' })];

  test('it opens as ever, and is told', () => {
    expect(decideFor({ duress: true }, grants)).toMatchObject({ granted: true, duress: true });
  });

  test('it is told on a refusal too, unless the PIN itself is out of force', () => {
    expect(decideFor({ duress: true }, []).duress).toBe(true);
    expect(decideFor({ duress: true }, grants, { ...quiet, restricted: true }).duress).toBe(true);
    expect(decideFor({ duress: true, until: 1 }, grants).duress).toBe(false);
    expect(decideFor({ duress: true, blocked: true }, grants).duress).toBe(false);
  });
});

test('in every situation it answers as the rules read straight from the rows', () => {
  const situation = fc.record({
    restricted: fc.boolean(),
    locked_out: fc.boolean(),
    after_outage: fc.boolean(),
    latest: fc.constantFrom(...instants),
    clock_doubted: fc.boolean(),
    mode: fc.constantFrom(...doorModes),
    card_of: fc.option(fc.constantFrom(...userIds)),
  });
  const asked = fc.record({
    door: fc.constantFrom(...doorIds, 'door-gone'),
    kind: fc.constantFrom('pin' as const, 'token' as const),
    key: fc.constantFrom(...keys),
    now: fc.constantFrom(...instants, 15),
  });
  fc.assert(
    fc.property(
      fc.array(rowChange, { maxLength: 12 }),
      asked,
      situation,
      fc.nat(3),
      (changes, ask, at, seen) => {
        const rows = [...changes.reduce(changed, new Map<string, TableRow>() as RowMap).values()];
        const table = emptyTable(doorIds);
        for (const row of rows) putRow(table, row);
        const used = (_: string, generation: number) => (generation === 1 ? seen : 0);
        const naive = naiveReason(rows, doorIds, ask, { ...at, used });
        const decision = decide(table, ask, { ...at, used });
        expect({ reason: decision.reason, user: decision.user_id }).toEqual(naive);
        expect(decision.granted).toBe(naive.reason === 'granted');
      },
    ),
    { numRuns: 2_000 },
  );
});
