import { expect, test } from 'vitest';
import type { Site } from '../../src/core/site.ts';
import { codeLockUnit } from '../../src/sim/code-lock.ts';
import { obey } from '../../src/sim/control.ts';
import { modbusUnits } from '../../src/sim/modbus-units.ts';
import type { SimulatedEvent } from '../../src/sim/simulated-event.ts';
import { simulatedSite } from '../../src/sim/site.ts';
import vectors from '../fixtures/modbus-locks.json' with { type: 'json' };
import { modelNamed, siteCodeLock } from '../lock-bus/code-lock/code-site.ts';
import { twoDoors } from '../support/door-site.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const model = modelNamed('code-lock-1000');
const vector = (meaning: RegExp) => vectors.find((each) => meaning.test(each.meaning)) ?? expect.fail();
const [identity, store, status] = [vector(/^identity/), vector(/^store PIN/), vector(/^status of that/)];

function wired() {
  const clock = virtualClock();
  const sent: string[] = [];
  const lock = codeLockUnit(clock, { unit: 7, model });
  const receive = modbusUnits(
    clock,
    (bytes) => sent.push(Buffer.from(bytes).toString('hex')),
    new Map([[7, lock]]),
  );
  const ask = (hex: string): string | undefined => {
    sent.length = 0;
    receive(Buffer.from(hex, 'hex'));
    return sent[0];
  };
  return { clock, lock, ask };
}

test('it answers the frames of the sheet with those of the sheet', () => {
  const { lock, ask } = wired();
  for (let slot = 100; slot < 140; slot++) lock.setByHand(slot, String(4000 + slot));
  expect(ask(identity.request)).toBe(identity.reply);
  expect(ask(store.request)).toBe(store.reply);
  expect(ask(status.request)).toBe(status.reply);
  expect(lock.code(3)).toBe('0012345');
  expect(ask(vector(/illegal data address/).request)).toBe(vector(/illegal data address/).reply);
});

test('while it works its result is "still working", and asleep it answers exception 06', () => {
  const { lock, ask, clock } = wired();
  lock.faults.working_ms = 1000;
  ask(store.request);
  // The sheet's answer with slot and use of a lock that knows them already.
  expect(ask(status.request)?.slice(0, 14)).toBe(vector(/still working/).reply.slice(0, 14));
  clock.advance(1000);
  expect(ask(status.request)?.slice(0, 14)).toBe(status.reply.slice(0, 14));
  lock.faults.asleep = true;
  expect(ask(status.request)).toBe(vector(/busy/).reply);
});

test('the same command with the same number again does nothing more', () => {
  const { lock, ask } = wired();
  ask(store.request);
  lock.setByHand(3, null);
  expect(ask(store.request)).toBe(store.reply);
  expect(lock.code(3)).toBeNull();
});

test('it is on the wire of its site, and people and faults reach it through the control port', () => {
  const clock = virtualClock();
  const events: SimulatedEvent[] = [];
  const sent: string[] = [];
  const lock = { ...siteCodeLock(model), port: 'locks' };
  const site: Site = { ...twoDoors, code_locks: [lock] };
  const simulated = simulatedSite(
    site,
    clock,
    (_, bytes) => sent.push(Buffer.from(bytes).toString('hex')),
    (event) => events.push(event),
  );
  const order = (request: unknown) =>
    obey(simulated, { plug: () => {}, state: () => ({}) }, request, () => 0);
  simulated.receive('locks', Buffer.from(store.request, 'hex'));
  expect(sent).toEqual([store.reply]);
  expect(order({ do: 'code', lock: 'shed', digits: '0012345' })).toMatchObject({ state: { opened: true } });
  expect(order({ do: 'code', lock: 'shed', digits: '9999' })).toMatchObject({ state: { opened: false } });
  expect(order({ do: 'code', lock: 'shed', slot: 3, digits: '' })).toMatchObject({ ok: true });
  expect(simulated.state().code_locks).toEqual({ shed: { slots_in_use: 0 } });
  expect(events).toEqual([
    { event: 'slot_written', lock: 'shed', slot: 3, holds: true },
    { event: 'code_used', lock: 'shed', slot: 3 },
    { event: 'code_used', lock: 'shed', slot: null },
    { event: 'slot_written', lock: 'shed', slot: 3, holds: false },
  ]);
  expect(order({ do: 'fault', lock: 'shed', fault: 'asleep', on: true })).toMatchObject({ ok: true });
  simulated.receive('locks', Buffer.from(status.request, 'hex'));
  expect(sent.at(-1)).toBe(vector(/busy/).reply);
  expect(order({ do: 'fault', lock: 'shed', fault: 'sleep', on: true })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/did you mean "asleep"\?/),
  });
  expect(order({ do: 'code', lock: 'shed', digits: '12' })).toMatchObject({ ok: false });
  expect(order({ do: 'code', lock: 'shde', digits: '1234' })).toMatchObject({
    error: expect.stringMatching(/did you mean "shed"\?/),
  });
});
