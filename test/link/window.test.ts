import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Link, linkWindow } from '../../src/link/link.ts';
import { memoryCarriers } from '../../src/link/memory-carrier.ts';
import { type Carrier, type Envelope, linkOver } from '../../src/link/window.ts';

/** One carrier whose far end is the test: envelopes posted, and envelopes to take. */
function oneEnd() {
  const posted: Envelope[] = [];
  let taken: (envelope: Envelope) => void = () => {};
  let lost: (reason: string) => void = () => {};
  const carrier: Carrier = {
    post: (envelope) => void posted.push(envelope),
    receive(take, down) {
      taken = take;
      lost = down;
    },
    close: () => {},
  };
  return {
    posted,
    link: linkOver<number, number>(carrier),
    arrive: (envelope: Envelope) => taken(envelope),
    lose: () => lost('gone'),
  };
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const deaf = { message: () => {}, room: () => {}, down: () => {} };

describe('the window', () => {
  test('takes 256 messages unacknowledged and not one more; an acknowledgement makes room and tells so once', () => {
    const { link, posted, arrive } = oneEnd();
    let rooms = 0;
    link.open({ ...deaf, room: () => void rooms++ });
    const taken = Array.from({ length: 1000 }, (_, i) => link.send(i)).filter(Boolean).length;
    expect([taken, posted.length]).toEqual([linkWindow, linkWindow]);
    arrive({ ack: 1 });
    arrive({ ack: 2 });
    expect(rooms).toBe(1);
    expect([link.send(0), link.send(0), link.send(0)]).toEqual([true, true, false]);
  });

  test('a peer that only listens still acknowledges, not message by message, and long before a window is full', () => {
    const { link, posted, arrive } = oneEnd();
    link.open(deaf);
    for (let n = 1; n <= linkWindow; n++) arrive({ ack: 0, n, message: n });
    expect(posted.map(({ ack }) => ack)).toEqual([32, 64, 96, 128, 160, 192, 224, 256]);
  });

  test('what is sent acknowledges too, and nothing is acknowledged twice', () => {
    const { link, posted, arrive } = oneEnd();
    link.open(deaf);
    for (let n = 1; n <= 31; n++) arrive({ ack: 0, n, message: n });
    link.send(0);
    for (let n = 32; n <= 62; n++) arrive({ ack: 0, n, message: n });
    expect(posted.map(({ ack }) => ack)).toEqual([31]);
  });

  test('messages that came before the owner are handed over first, then the end of the Link', () => {
    const { link, arrive, lose } = oneEnd();
    const heard: unknown[] = [];
    arrive({ ack: 0, n: 1, message: 1 });
    arrive({ ack: 0, n: 2, message: 2 });
    lose();
    link.open({ ...deaf, message: (m) => void heard.push(m), down: (reason) => void heard.push(reason) });
    expect(heard).toEqual([1, 2, 'gone']);
  });

  test('a lost Link takes and tells nothing more', () => {
    const { link, arrive, lose } = oneEnd();
    const heard: unknown[] = [];
    link.open({ ...deaf, message: (m) => void heard.push(m), down: (reason) => void heard.push(reason) });
    lose();
    lose();
    arrive({ ack: 0, n: 1, message: 1 });
    expect(link.send(1)).toBe(false);
    expect(heard).toEqual(['gone']);
  });
});

describe('two ends joined in memory', () => {
  test('whatever both send, each gets all that was taken, in order, once, and never 257 ahead', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ left: fc.nat(400), right: fc.nat(400), turns: fc.nat(2) }), { maxLength: 8 }),
        async (bursts) => {
          const [a, b] = memoryCarriers();
          const ends: [Link<number, number>, Link<number, number>] = [linkOver(a), linkOver(b)];
          const heard: [number[], number[]] = [[], []];
          const sent: [number[], number[]] = [[], []];
          ends[0].open({ ...deaf, message: (m) => void heard[0].push(m) });
          ends[1].open({ ...deaf, message: (m) => void heard[1].push(m) });
          const burst = (from: 0 | 1, to: 0 | 1, count: number): void => {
            for (let i = 0; i < count; i++) {
              if (ends[from].send(sent[from].length)) sent[from].push(sent[from].length);
            }
            expect(sent[from].length - heard[to].length).toBeLessThanOrEqual(linkWindow);
          };
          for (const { left, right, turns } of bursts) {
            burst(0, 1, left);
            burst(1, 0, right);
            for (let i = 0; i < turns; i++) await turn();
          }
          for (let i = 0; i < 4; i++) await turn();
          expect(heard).toEqual([sent[1], sent[0]]);
          expect([ends[0].send(0), ends[1].send(0)]).toEqual([true, true]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('messages are copied: what the sender changes afterwards does not arrive', async () => {
    const [a, b] = memoryCarriers();
    const left = linkOver<{ at: number }, never>(a);
    const heard: unknown[] = [];
    linkOver<never, { at: number }>(b).open({ ...deaf, message: (m) => void heard.push(m) });
    const message = { at: 1 };
    left.send(message);
    message.at = 2;
    await turn();
    expect(heard).toEqual([{ at: 1 }]);
  });

  test('closing one end tells the other', async () => {
    const [a, b] = memoryCarriers();
    const heard: string[] = [];
    const left = linkOver(a);
    linkOver(b).open({ ...deaf, down: (reason) => void heard.push(reason) });
    left.close();
    await turn();
    expect(heard).toHaveLength(1);
    expect(left.send(1)).toBe(false);
  });
});
