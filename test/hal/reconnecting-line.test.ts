import { expect, test } from 'vitest';
import { type ConnectionEvents, reconnectingLine } from '../../src/hal/reconnecting-line.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** A line whose connections the test ends and opens by hand. */
function handMade(random: () => number = () => 0) {
  const clock = virtualClock();
  const connections: { at: number; events: ConnectionEvents; closed: boolean }[] = [];
  const told: string[] = [];
  const line = reconnectingLine({
    name: 'test',
    baud: 9600,
    clock,
    random,
    connect(events) {
      const connection = { at: clock.mono(), events, closed: false };
      connections.push(connection);
      return {
        write: () => true,
        close() {
          connection.closed = true;
          return Promise.resolve();
        },
      };
    },
  });
  line.open({
    up: () => told.push('up'),
    data: (bytes) => told.push(`data ${bytes.length}`),
    down: (reason) => told.push(`down: ${reason}`),
  });
  const last = () => connections.at(-1) ?? expect.fail('no connection');
  /** Ends the last connection and lets time pass until the next one is made; returns how long that took. */
  const loseAndWait = async (reason: string): Promise<number> => {
    const count = connections.length;
    const since = clock.mono();
    last().events.ended(reason);
    while (connections.length === count && clock.mono() - since < 60_000) {
      clock.advance(1);
      await Promise.resolve();
      await Promise.resolve();
    }
    return clock.mono() - since;
  };
  return { clock, line, connections, told, last, loseAndWait };
}

test('tries again after 250 ms, doubling to 10 s, and starts over once bytes have arrived', async () => {
  const { loseAndWait, last } = handMade();
  const waits: number[] = [];
  for (let n = 0; n < 8; n++) waits.push(await loseAndWait('gone'));
  expect(waits.map((wait) => Math.round(wait / 250))).toEqual([1, 2, 4, 8, 16, 32, 40, 40]);
  last().events.opened();
  last().events.data(Uint8Array.of(1));
  expect(Math.round((await loseAndWait('gone')) / 250)).toBe(1);
});

test('an owner that is not welcome now stays away as long as it says', async () => {
  const { clock, line, connections, last } = handMade();
  last().events.opened();
  last().events.data(Uint8Array.of(1));
  line.reset('refused', 60_000);
  clock.advance(1);
  await Promise.resolve();
  await Promise.resolve();
  clock.advance(59_000);
  expect(connections).toHaveLength(1);
  clock.advance(1_500);
  expect(connections).toHaveLength(2);
});

test('a connection that opens and hears nothing does not start the waits over', async () => {
  const { loseAndWait, last } = handMade();
  await loseAndWait('gone');
  await loseAndWait('gone');
  last().events.opened();
  expect(Math.round((await loseAndWait('gone')) / 250)).toBe(4);
});

test('the given randomness shortens a wait by up to a quarter', async () => {
  const { loseAndWait } = handMade(() => 0.999);
  const wait = await loseAndWait('gone');
  expect(wait).toBeGreaterThanOrEqual(187);
  expect(wait).toBeLessThan(200);
});

test('the same reason is told once, another reason again', async () => {
  const { loseAndWait, told } = handMade();
  for (const reason of ['no such port', 'no such port', 'in use', 'in use']) await loseAndWait(reason);
  expect(told).toEqual(['down: no such port', 'down: in use']);
});

test('each loss of a line that was up is told, for the same reason too', async () => {
  const { loseAndWait, told, last } = handMade();
  last().events.opened();
  await loseAndWait('in use');
  last().events.opened();
  await loseAndWait('in use');
  expect(told).toEqual(['up', 'down: in use', 'up', 'down: in use']);
});

test('a line that is closed while its device is let go of is not opened again', async () => {
  const { clock, line, connections, last } = handMade();
  last().events.ended('gone');
  clock.advance(1);
  await line.close();
  clock.advance(60_000);
  expect(connections).toHaveLength(1);
});

test('what a connection that is over still says is not heard', async () => {
  const { loseAndWait, told, connections, last } = handMade();
  last().events.opened();
  await loseAndWait('gone');
  const [first] = connections;
  first?.events.data(Uint8Array.of(1));
  first?.events.ended('again');
  first?.events.opened();
  expect(told).toEqual(['up', 'down: gone']);
  expect(first?.closed).toBe(true);
});
