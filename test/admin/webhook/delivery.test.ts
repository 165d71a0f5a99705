import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Delivery,
  type DeliveryEffect,
  type DeliveryEvent,
  deliveryFrom,
  deliveryStep,
  doneUpTo,
  nextDue,
  retryWaits,
  roomFor,
} from '../../../src/admin/webhook/delivery.ts';
import { progressOf, restored } from '../../../src/admin/webhook/progress.ts';
import type { Outcome } from '../../../src/admin/webhook/sender.ts';

const ok: Outcome = { status: 200, retry_after_ms: null };
const status = (code: number, retry_after_ms: number | null = null): Outcome => ({
  status: code,
  retry_after_ms,
});
const hour = 3_600_000;

/** A delivery driven by hand; remembers what was to be sent and what else was asked for. */
function driven(begin = deliveryFrom(0)) {
  let state = begin;
  let now = 0;
  let newest = 0;
  const sent: string[] = [];
  const others: Exclude<DeliveryEffect, { type: 'send' }>[] = [];
  const happen = (event: DeliveryEvent): void => {
    const stepped = deliveryStep(state, event, now);
    state = stepped.state;
    for (const effect of stepped.effects) {
      if (effect.type === 'send') sent.push(effect.open.id);
      else others.push(effect);
    }
  };
  return {
    sent,
    others,
    happen,
    get state(): Delivery {
      return state;
    },
    get now() {
      return now;
    },
    /** Entries by the resource each is about; `-`: of no interest. */
    entries(...resources: string[]) {
      const entries = resources.map((resource) => {
        newest += 1;
        return { seq: newest, id: `e${newest}`, resource, wanted: resource !== '-' };
      });
      happen({ type: 'entries', entries });
    },
    ends(id: string, outcome: Outcome) {
      happen({ type: 'ended', id, outcome, newest, chance: 0.5, fresh_id: 'behind' });
    },
    pass(ms: number) {
      now += ms;
      happen({ type: 'tick' });
    },
    /** Lets the next wait pass, if there is one; how long it was. */
    untilDue(): number {
      const ms = (nextDue(state) ?? now) - now;
      now += ms;
      happen({ type: 'tick' });
      return ms;
    },
  };
}

describe('order', () => {
  test("a resource's next entry waits for its previous one, others pass", () => {
    const d = driven();
    d.entries('door/a', 'door/a', 'door/b');
    expect(d.sent).toEqual(['e1', 'e3']);
    d.ends('e1', status(500));
    d.entries('door/c', 'door/a');
    expect(d.sent).toEqual(['e1', 'e3', 'e4']);
    d.untilDue();
    d.ends('e1', ok);
    d.ends('e2', ok);
    expect(d.sent).toEqual(['e1', 'e3', 'e4', 'e1', 'e2', 'e5']);
  });

  test('at most four are on their way at a time, and at most 1,000 are taken up', () => {
    const d = driven();
    d.entries(...Array.from({ length: 1_000 }, (_, i) => `door/${i}`));
    expect([d.sent.length, roomFor(d.state)]).toEqual([4, 0]);
    d.ends('e1', ok);
    expect([d.sent.length, roomFor(d.state)]).toEqual([5, 1]);
  });

  test('what is of no interest is passed over, and what is done is known', () => {
    const d = driven();
    d.entries('-', 'door/a', '-', 'door/b', '-');
    expect([d.sent, doneUpTo(d.state)]).toEqual([['e2', 'e4'], 1]);
    d.ends('e2', ok);
    expect(doneUpTo(d.state)).toBe(3);
    d.ends('e4', ok);
    expect(doneUpTo(d.state)).toBe(5);
  });
});

describe('retries', () => {
  test('come at the waits of the specification, ten attempts in all, and then the entry is given up', () => {
    const d = driven();
    const waits: number[] = [];
    d.entries('door/a');
    for (let attempt = 1; attempt < 10; attempt++) {
      d.ends('e1', status(500));
      waits.push(d.untilDue());
      // Others get through meanwhile: it is this entry that is refused, not the receiver that is down.
      d.entries('door/b');
      d.ends(d.sent.at(-1) ?? '', ok);
    }
    expect(waits).toEqual(retryWaits.slice(1));
    expect(waits.reduce((sum, ms) => sum + ms, 0) / hour).toBeCloseTo(75.6, 1);
    d.ends('e1', status(500));
    expect(d.others).toEqual([
      { type: 'gave_up', open: expect.objectContaining({ id: 'e1', attempts: 10 }) },
    ]);
    expect(d.state.open).toEqual([]);
  });

  test('are spread by a tenth either way', () => {
    const due = (chance: number): number => {
      const first = deliveryStep(
        deliveryFrom(0),
        { type: 'entries', entries: [{ seq: 1, id: 'e', resource: 'r', wanted: true }] },
        0,
      ).state;
      const event = {
        type: 'ended',
        id: 'e',
        outcome: status(500),
        newest: 1,
        chance,
        fresh_id: 'b',
      } as const;
      return nextDue(deliveryStep(first, event, 0).state) ?? 0;
    };
    expect([due(0), due(1)].map(Math.round)).toEqual([4_500, 5_500]);
  });

  test.each([
    ['a choice of places', status(300), 5_000],
    ['a redirect', status(302), 5_000],
    ['a server error', status(500), 5_000],
    ['a client error', status(404), 5_000],
    ['no connection', { error: 'no connection: ECONNREFUSED' }, 5_000],
    ['too many requests', status(429), 60_000],
    ['a bad gateway', status(502), 60_000],
    ['a gateway timeout', status(504), 60_000],
    ['Retry-After', status(503, 90_000), 90_000],
    ['Retry-After sooner than the wait', status(429, 1_000), 5_000],
  ] as const)('%s is a failure', (_, outcome, wait) => {
    const d = driven();
    d.entries('door/a');
    d.ends('e1', outcome);
    expect(d.untilDue()).toBe(wait);
    expect(d.sent).toEqual(['e1', 'e1']);
  });

  test('a receiver that asks for quiet gets nothing at all meanwhile', () => {
    const d = driven();
    d.entries('door/a');
    d.ends('e1', status(429, 30_000));
    d.entries('door/b');
    expect(d.sent).toEqual(['e1']);
    d.pass(29_999);
    expect(d.sent).toEqual(['e1']);
    d.pass(1);
    expect(d.sent.sort()).toEqual(['e1', 'e1', 'e2']);
  });
});

describe('receivers that stay away', () => {
  test('410 switches off at once', () => {
    const d = driven();
    d.entries('door/a');
    d.ends('e1', status(410));
    expect(d.others).toEqual([{ type: 'switch_off', reason: 'gone' }]);
  });

  test('after a day one message takes the place of all entries, and when it gets through new ones follow', () => {
    const d = driven();
    d.entries('-', 'door/a', 'door/b');
    for (let i = 0; i < 100 && !d.state.open.some(({ behind }) => behind); i++) {
      for (const { id, sending } of d.state.open) if (sending) d.ends(id, status(503));
      d.untilDue();
    }
    expect(d.state.open).toEqual([expect.objectContaining({ id: 'behind', seq: 1, behind: true })]);
    expect([roomFor(d.state), doneUpTo(d.state)]).toEqual([0, 1]);
    expect(d.now).toBeGreaterThanOrEqual(24 * hour);
    d.ends('behind', status(503));
    d.untilDue();
    d.ends('behind', ok);
    expect([d.state.open, d.state.seq, d.state.failing_since]).toEqual([[], 3, null]);
    d.entries('door/a');
    expect(d.sent.at(-1)).toBe('e4');
  });

  test('after five days it is switched off, and not before', () => {
    const d = driven();
    d.entries('door/a');
    for (let i = 0; i < 1_000 && d.others.length === 0; i++) {
      for (const { id, sending } of d.state.open) if (sending) d.ends(id, { error: 'no connection' });
      if (d.others.length === 0) d.untilDue();
    }
    expect(d.others).toEqual([{ type: 'switch_off', reason: 'failing' }]);
    expect(d.now).toBeGreaterThanOrEqual(120 * hour);
    expect(d.now).toBeLessThan(150 * hour);
  });

  test('entries that were dropped are told by the same message', () => {
    const d = driven();
    d.entries('door/a');
    d.happen({ type: 'lost', fresh_id: 'behind' });
    expect(d.sent).toEqual(['e1', 'behind']);
    d.ends('e1', ok);
    d.ends('behind', ok);
    expect(doneUpTo(d.state)).toBe(1);
  });

  test('a receiver that is enabled again goes on where it was, after a day off with one message', () => {
    const d = driven();
    d.entries('door/a');
    d.ends('e1', status(410));
    d.happen({ type: 'resumed', stale: false, fresh_id: 'behind' });
    expect(d.sent).toEqual(['e1', 'e1']);
    d.happen({ type: 'resumed', stale: true, fresh_id: 'behind' });
    expect(d.sent).toEqual(['e1', 'e1', 'behind']);
  });
});

test('after a long time off it is told at once that it is behind, though it was told before in vain', () => {
  const d = driven();
  d.entries('door/a');
  d.happen({ type: 'lost', fresh_id: 'behind' });
  for (let i = 0; i < 9; i++) {
    d.ends('behind', status(500));
    d.untilDue();
  }
  d.ends('behind', status(500));
  d.pass(hour);
  const before = d.sent.length;
  d.happen({ type: 'resumed', stale: true, fresh_id: 'again' });
  expect(d.sent.slice(before)).toEqual(['behind']);
  // Neither is it waited for what was on its way when it was switched off.
  d.happen({ type: 'resumed', stale: true, fresh_id: 'again' });
  expect(d.sent.slice(before)).toEqual(['behind', 'behind']);
});

describe('over a restart', () => {
  test('attempts and waits are kept; what was on its way is sent again', () => {
    const d = driven();
    d.entries('door/a', 'door/b');
    d.ends('e1', status(500));
    const kept = progressOf(d.state, { wall: 1_000_000, mono: d.now });
    expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
    const again = driven(restored(kept, { wall: 1_001_000, mono: 50 }));
    again.pass(50);
    expect(again.sent).toEqual(['e2']);
    expect(again.state.open[0]).toMatchObject({ id: 'e1', attempts: 1, due: 4_050 });
  });

  test('a clock that was set meanwhile neither holds a receiver up for ever nor switches it off', () => {
    const kept = {
      seq: 1,
      open: [{ seq: 1, id: 'e1', resource: 'r', attempts: 3, next_at: 0, behind: false }],
      failing_since: 0,
    };
    const year = 365 * 24 * hour;
    const back = restored(kept, { wall: -20 * year, mono: 0 });
    expect(nextDue(back)).toBeLessThanOrEqual(27 * hour);
    const ahead = driven(restored(kept, { wall: 20 * year, mono: 0 }));
    ahead.pass(0);
    ahead.ends('e1', status(500));
    expect(ahead.others).toEqual([]);
  });
});

test('whatever the receiver does, each resource gets its entries in order, none is lost, and every end is said', () => {
  const outcome = fc.oneof(
    { weight: 4, arbitrary: fc.constant(ok) },
    { weight: 2, arbitrary: fc.constant(status(500)) },
    fc.constant(status(301)),
    fc.constant(status(429, 120_000)),
    fc.constant({ error: 'no connection' } as Outcome),
  );
  const command = fc.oneof(
    fc
      .array(fc.constantFrom('a', 'b', 'c', '-'), { minLength: 1, maxLength: 5 })
      .map((entries) => ({ entries })),
    fc.record({ which: fc.nat(3), outcome }).map((end) => ({ end })),
    fc.nat(600_000).map((pass) => ({ pass })),
    fc.constant({ restart: true as const }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      let d = driven();
      let seq = 0;
      const about = new Map<string, string>();
      const delivered: string[] = [];
      for (const one of commands) {
        if ('entries' in one) {
          const entries = one.entries.map((resource) => {
            seq += 1;
            if (resource !== '-') about.set(`e${seq}`, resource);
            return { seq, id: `e${seq}`, resource, wanted: resource !== '-' };
          });
          d.happen({ type: 'entries', entries });
        } else if ('end' in one) {
          const onTheWay = d.state.open.filter(({ sending }) => sending);
          const open = onTheWay[one.end.which % Math.max(onTheWay.length, 1)];
          if (open !== undefined) {
            if ('status' in one.end.outcome && one.end.outcome.status === 200) delivered.push(open.id);
            d.ends(open.id, one.end.outcome);
          }
        } else if ('pass' in one) d.pass(one.pass);
        else {
          const kept = progressOf(d.state, { wall: d.now, mono: d.now });
          const { now } = d;
          d = driven(restored(JSON.parse(JSON.stringify(kept)), { wall: now, mono: 0 }));
        }
        const sending = d.state.open.filter((open) => open.sending);
        expect(sending.length).toBeLessThanOrEqual(4);
        expect(new Set(sending.map(({ resource }) => resource)).size).toBe(sending.length);
      }
      // Nothing was given up in so short a time: all is delivered or open, once, and in order for each resource.
      const all = [...delivered, ...d.state.open.map(({ id }) => id)];
      expect([...all].sort()).toEqual([...about.keys()].sort());
      for (const resource of ['a', 'b', 'c']) {
        const its = all.filter((id) => about.get(id) === resource).map((id) => Number(id.slice(1)));
        expect(its).toEqual([...its].sort((a, b) => a - b));
      }
    }),
    { numRuns: 300 },
  );
});
