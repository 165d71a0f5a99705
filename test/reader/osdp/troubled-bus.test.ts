import { describe, expect, it } from 'vitest';
import type { ReaderFault } from '../../../src/sim/reader-fault.ts';
import { wiredReaders } from './wired-readers.ts';

const healthy = [0, 1, 2, 3];
const troubled = [4, 5, 6, 7];

/** The longest that one exchange may hold the line: a command, the wait for its answer, and what a late one adds. */
const oneWait = 240;

/** How long cards at healthy readers take at most, while something goes on with the others. */
function worstBeside(fault: ReaderFault | null, count: number, options: Parameters<typeof wiredReaders>[1]) {
  const patience = options?.baud === 9600 ? 550 : 350;
  const { clock, reader, reports, of } = wiredReaders([...healthy, ...troubled], options);
  clock.advance(10_000);
  for (const address of troubled.slice(0, count)) if (fault !== null) reader(address).fault(fault, true);
  // Each costs a wait before anybody can know.
  clock.advance(count * oneWait);
  let worst = 0;
  for (let round = 0; round < 60; round++) {
    const address = healthy[round % healthy.length] ?? 0;
    const at = clock.mono();
    const before = of(address, 'card').length;
    reader(address).present({ facility: 1, number: round });
    // Through the 8 s in which the others are not yet given up, and long after.
    clock.advance(patience + ((round * 37) % 101));
    expect(of(address, 'card')).toHaveLength(before + 1);
    const card = reports.findLast((one) => one.reader === `r${address}` && one.report.type === 'card');
    worst = Math.max(worst, (card?.at ?? Number.POSITIVE_INFINITY) - at);
  }
  for (const address of healthy) expect(of(address, 'offline')).toEqual([]);
  return worst;
}

describe('readers in trouble cost the others one wait at most, however many they are', () => {
  it.each([
    { fault: 'unplugged', count: 1, secure: false },
    { fault: 'unplugged', count: 4, secure: false },
    { fault: 'unplugged', count: 4, secure: true },
    { fault: 'drop_reply', count: 4, secure: false },
    { fault: 'half_reply', count: 4, secure: false },
    { fault: 'delay_150', count: 1, secure: false },
    { fault: 'delay_150', count: 4, secure: false },
    { fault: 'delay_250', count: 4, secure: false },
    { fault: 'delay_600', count: 4, secure: true },
    { fault: 'corrupt_reply', count: 4, secure: false },
    { fault: 'busy', count: 4, secure: false },
    { fault: 'asks_restart', count: 4, secure: false },
  ] as const)('$count with $fault (secure: $secure)', ({ fault, count, secure }) => {
    const undisturbed = worstBeside(null, 0, { secure });
    expect(undisturbed).toBeLessThanOrEqual(80);
    expect(worstBeside(fault, count, { secure })).toBeLessThanOrEqual(undisturbed + oneWait);
  });

  it('at 9600 baud too', () => {
    const undisturbed = worstBeside(null, 0, { baud: 9600 });
    expect(worstBeside('unplugged', 4, { baud: 9600 })).toBeLessThanOrEqual(undisturbed + oneWait);
  });
});
