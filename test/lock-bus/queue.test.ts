import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRequest, encodeReply, packRegisters } from '../../src/lock-bus/frame.ts';
import { type Exchange, type ExchangeResult, modbusQueue, type Priority } from '../../src/lock-bus/queue.ts';
import { memoryLine } from '../support/memory-line.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const timeoutMs = 100;

/** A queue, and units each of whose registers holds its own address; `delayOf` an address: when it is answered, null for never. */
function runningQueue(delayOf: (address: number) => number | null) {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'locks', 115_200);
  const sent: { unit: number; address: number; at: number }[] = [];
  const unexpected: string[] = [];
  far.onData((bytes) => {
    const request = decodeRequest(bytes);
    if (request?.fn !== 'read_holding') return expect.fail('not what was submitted');
    const { unit, body } = request;
    sent.push({ unit, address: body.address, at: clock.mono() });
    const delay = delayOf(body.address);
    const values = packRegisters([body.address]);
    if (delay !== null) far.send(encodeReply({ unit, fn: 'read_holding', body: { values } }), delay);
  });
  const watcher = { up() {}, down() {}, unexpected: (_: number, detail: string) => unexpected.push(detail) };
  const queue = modbusQueue(line, clock, watcher);
  queue.open();
  clock.advance(10);
  const results = new Map<number, ExchangeResult[]>();
  const ask = (address: number, unit: number, more: Partial<Exchange> = {}): void => {
    results.set(address, []);
    queue.submit({
      priority: 'poll',
      request: { unit, fn: 'read_holding', body: { address, count: 1 } },
      timeoutMs,
      done: (result) => results.get(address)?.push(result),
      ...more,
    });
  };
  return { clock, far, sent, unexpected, results, ask };
}

const question = fc.record({
  unit: fc.constantFrom(1, 2, 3),
  priority: fc.constantFrom<Priority>('unlock', 'secure', 'poll', 'programming'),
  probe: fc.boolean(),
  delay: fc.oneof(fc.constantFrom(0, 5, 99, null), fc.integer({ min: 102, max: 199 })),
  after: fc.nat(150),
});

test('however late answers are, each is its own question’s or nobody’s, and none can meet a question of another but a probe’s', () => {
  fc.assert(
    fc.property(fc.array(question, { minLength: 1, maxLength: 30 }), (questions) => {
      const { clock, sent, unexpected, results, ask } = runningQueue((n) => questions[n]?.delay ?? null);
      for (const [n, { unit, priority, probe, after }] of questions.entries()) {
        clock.advance(after);
        ask(n, unit, { priority, probe });
      }
      clock.advance(questions.length * 250);

      expect(sent).toHaveLength(questions.length);
      for (const [n, { delay }] of questions.entries()) {
        const inTime = delay !== null && delay <= timeoutMs;
        expect(results.get(n)).toEqual([
          inTime ? { type: 'registers', registers: [n] } : { type: 'unanswered', raw: null },
        ]);
      }
      expect(unexpected).toEqual([]);
      for (const [nth, { address, unit, at }] of sent.entries()) {
        const asked = questions[address];
        const answered = asked?.delay ?? 2 * timeoutMs;
        const waits = sent
          .slice(nth + 1)
          .filter((later) => asked?.probe === false || later.unit === unit)
          .map((later) => later.at - at);
        for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(answered);
      }
    }),
    { numRuns: 300 },
  );
});

test('a probe that stays unanswered holds the others for its own time only, and its unit for as long again', () => {
  const { clock, sent, ask } = runningQueue((address) => (address === 0 ? null : 5));
  ask(0, 1, { probe: true });
  ask(1, 1, { priority: 'unlock' });
  ask(2, 2, { priority: 'unlock' });
  clock.advance(300);
  const [probe, other, own] = sent;
  expect([probe?.unit, other?.unit, own?.unit]).toEqual([1, 2, 1]);
  const wireMs = ((8 + 7) * 11_000) / 115_200;
  expect((other?.at ?? 0) - (probe?.at ?? 0)).toBeCloseTo(wireMs + timeoutMs);
  expect((own?.at ?? 0) - (probe?.at ?? 0)).toBeCloseTo(wireMs + 2 * timeoutMs);
});

test('between frames the line rests for three and a half characters, less what it takes to hear of a byte', () => {
  const { clock, sent, ask } = runningQueue(() => 5);
  for (const address of [0, 1]) ask(address, 1);
  clock.advance(100);
  const [first, second] = sent;
  // Above 19200 baud 1.75 ms (Serial Line 1.02, section 2.5.1.1).
  expect((second?.at ?? 0) - (first?.at ?? 0) - 5).toBeCloseTo(1.75 - 0.05);
});

test('a new connection rests as after a frame, and waits for no answer of the old one', () => {
  const { clock, far, sent, ask } = runningQueue(() => null);
  ask(0, 1);
  clock.advance(timeoutMs + 10);
  far.unplug();
  clock.advance(1);
  far.plugIn();
  const up = clock.mono();
  clock.advance(0.5);
  ask(1, 2);
  clock.advance(5);
  expect((sent[1]?.at ?? 0) - up).toBeCloseTo(1.75 - 0.05);
});

test('one that is not wanted any more may submit another when it is told so: one at a time is in flight all the same', () => {
  const { clock, sent, results, ask } = runningQueue(() => 5);
  ask(0, 1);
  ask(1, 1, { wanted: () => false, done: () => ask(3, 1) });
  ask(2, 1);
  clock.advance(100);
  expect(sent.map(({ address }) => address)).toEqual([0, 2, 3]);
  for (const address of [0, 2, 3])
    expect(results.get(address)).toEqual([{ type: 'registers', registers: [address] }]);
});
