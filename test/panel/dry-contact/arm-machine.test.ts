import { describe, expect, test } from 'vitest';
import { type ArmMachine, newPartition, stepArm } from '../../../src/panel/dry-contact/arm-machine.ts';

/** `10` disarmed, `01` armed, `00` and `11` contradictory, `x` a failed read; one contact: `1` or `0`. One read each 500 ms. */
function play(reads: string): ArmMachine[] {
  let machine = newPartition;
  return reads.split(' ').map((read, i) => {
    const event =
      read === 'x'
        ? ({ type: 'failed' } as const)
        : ({
            type: 'read',
            disarmed: read[0] === '1',
            armed: read.length === 1 ? null : read[1] === '1',
          } as const);
    machine = stepArm(machine, event, i * 500);
    return machine;
  });
}

describe.each<[string, string, string]>([
  ['disarmed counts when stable', '10 10', 'unknown disarmed'],
  ['armed counts at once', '10 10 10 10 10 01', 'unknown disarmed disarmed disarmed disarmed armed'],
  [
    'one contact: closed is disarmed, open armed',
    '1 1 1 1 1 0',
    'unknown disarmed disarmed disarmed disarmed armed',
  ],
  ['one contact: a cut wire blocks from the first read', '0', 'armed'],
  [
    'disarming waits until it is stable',
    '01 01 01 01 01 10 10',
    'armed armed armed armed armed armed disarmed',
  ],
  [
    'blinking is arming until still for 2 s',
    '01 10 01 10 10 10 10 10',
    'armed arming arming arming arming arming arming disarmed',
  ],
  ['blinking that ends armed', '01 10 01 01 01 01 01', 'armed arming arming arming arming arming armed'],
  ['contacts that contradict are unknown at once', '10 10 11', 'unknown disarmed unknown'],
  [
    'a changeover caught in between is no blinking',
    '10 10 10 10 10 00 01',
    'unknown disarmed disarmed disarmed disarmed unknown armed',
  ],
  [
    'two failed reads are forgiven, three are not',
    '10 10 x x 10 x x x',
    'unknown disarmed disarmed disarmed disarmed disarmed disarmed unknown',
  ],
  [
    'after a silence disarmed must be stable anew',
    '10 10 x x x 10 10',
    'unknown disarmed disarmed disarmed unknown unknown disarmed',
  ],
])('%s', (_, reads, states) => {
  test('state after each read', () => {
    expect(
      play(reads)
        .map(({ state }) => state)
        .join(' '),
    ).toBe(states);
  });
});

test('contradiction is a wiring fault only once it has lasted, and ends with the first valid read', () => {
  const faults = (reads: string) => play(reads).map(({ wiringFault }) => wiringFault);
  expect(faults('10 00 10')).toEqual([false, false, false]);
  expect(faults('10 00 00 01')).toEqual([false, false, true, false]);
  expect(faults('11 11 x x x')).toEqual([false, true, true, true, true]);
});
