import { expect, test } from 'vitest';
import type { LockModel } from '../../src/core/site.ts';
import { type RelayNews, relayBoard } from '../../src/sim/relay-board.ts';
import vectors from '../fixtures/modbus-locks.json' with { type: 'json' };
import { virtualClock } from '../support/virtual-clock.ts';

const model: LockModel = {
  name: 'relay-8-timed',
  title: 'test board',
  relays: 8,
  inputs: 8,
  first_coil: 0,
  first_input: 0,
  timed: { first_register: 0, unit_ms: 100, max: 600 },
  reply_timeout_ms: 100,
};

function board() {
  const clock = virtualClock();
  const sent: string[] = [];
  const changes: RelayNews[] = [];
  const boards = relayBoard(
    clock,
    (bytes) => sent.push(Buffer.from(bytes).toString('hex')),
    [{ unit: 1, model }],
    (news) => void (news.news === 'moved' && changes.push(news)),
  );
  const ask = (hex: string): string[] => {
    sent.length = 0;
    boards.receive(Buffer.from(hex, 'hex'));
    return [...sent];
  };
  return { clock, ask, unit: boards.unit(1), changes, sent };
}

const [on, off, relays, inputs, strike] = vectors;

test('it answers a relay board’s requests of the specification with the specification’s replies, at once', () => {
  const { ask, unit } = board();
  unit.setInput(0, true);
  for (const vector of [on, relays, inputs, off, strike]) {
    expect(ask(vector?.request ?? '')).toEqual([vector?.reply]);
  }
});

test('a timed relay lets go by itself, and every move is told once', () => {
  const { ask, clock, changes } = board();
  ask(strike?.request ?? '');
  clock.advance(4999);
  ask(strike?.request ?? '');
  clock.advance(4999);
  expect(changes).toEqual([{ news: 'moved', unit: 1, relay: 0, energised: true }]);
  clock.advance(1);
  expect(changes).toHaveLength(2);
});

test('it keeps silent for other units, and its faults are switched while it runs', () => {
  const { ask, unit, clock, sent } = board();
  expect(ask(vectors[5]?.request ?? '')).toEqual([]);
  unit.faults.silent = true;
  expect(ask(on?.request ?? '')).toEqual([]);
  expect(unit.relay(0)).toBe(false);
  unit.faults.silent = false;
  unit.faults.exception = 2;
  expect(ask(on?.request ?? '')[0]).toMatch(/^018502/);
  unit.faults.exception = null;
  unit.faults.stuck.add(0);
  expect(ask(on?.request ?? '')).toEqual([on?.reply]);
  expect(unit.relay(0)).toBe(false);
  unit.faults.delay_ms = 250;
  expect(ask(off?.request ?? '')).toEqual([]);
  clock.advance(250);
  expect(sent).toEqual([off?.reply]);
});

test('requests in pieces and behind noise are heard', () => {
  const { ask } = board();
  const request = on?.request ?? '';
  expect(ask(request.slice(0, 6))).toEqual([]);
  expect(ask(request.slice(6))).toEqual([on?.reply]);
  expect(ask(`ff00${request}`)).toEqual([on?.reply]);
});
